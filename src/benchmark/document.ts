import type { Machine } from './machine.js';
import type { Figures } from './row.js';

/** A row's figures under its name. */
export interface MeasuredRow {
  readonly name: string;
  readonly figures: Figures;
}

/** What `--json` prints: a single row as one flat object, several as a list; the machine in either. */
export function benchmarkDocument(measured: readonly MeasuredRow[], machine: Machine): object {
  const rows = measured.map(({ name, figures }) => ({ name, ...figures }));
  return rows.length === 1 ? { ...rows[0], machine } : { machine, rows };
}
