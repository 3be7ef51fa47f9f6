import type { Figures } from '../../src/benchmark/row.js';
import { costOf } from '../../src/benchmark/scaling/scaling-row.js';
import { scalingRows } from '../../src/benchmark/scaling/scaling-rows.js';
import type { RowOutcome, RowRecord } from '../journal.js';

/** A row of the scaling table with what became of it. */
export interface ScalingRecord extends RowOutcome {
  readonly contender: string;
  readonly label: string;
  readonly engine: string;
  /** Of the square image, in pixels. */
  readonly side: number;
  /** What is known without measuring: `pixels`, `flops`, `tokens`, `parameters`. */
  readonly cost: Figures;
}

/** The rows of the scaling table among finished rows, in its order. */
export function scalingRecords(records: readonly RowRecord[]): ScalingRecord[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  return scalingRows.flatMap(({ name, cell }) => {
    const record = byName.get(name);
    if (!record) return [];
    const { contender, engine, side } = cell;
    const { figures, failure } = record;
    return {
      contender: contender.id,
      label: contender.label,
      engine,
      side,
      cost: costOf(cell),
      figures,
      failure,
    };
  });
}
