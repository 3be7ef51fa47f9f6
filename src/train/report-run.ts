import { basename, join } from 'node:path';
import { writeAtomically } from '../base/write-atomically.js';
import type { RunConfig } from './config.js';
import type { TrainingEngine } from './engines/engine.js';
import type { MetricsRecord } from './metrics-log.js';
import { curvesSpec } from './plot.js';
import { formatDuration } from './progress.js';
import type { TrainingTask } from './task.js';

/** Name of the page in a run's folder. */
export const reportFile = 'report.html';

/** A run after a validation. */
export interface ReportedRun {
  readonly task: TrainingTask;
  readonly engine: TrainingEngine;
  readonly records: readonly MetricsRecord[];
  readonly isLast: boolean;
  readonly note: (line: string) => void;
}

/** A page may take this share of the time of a run: where validations follow fast on one another, some have none. */
const shareOfTime = 0.1;

/** Writes the pages about the validations of a run. */
export class RunReports {
  #took = 0;
  #ended = Number.NEGATIVE_INFINITY;

  /**
   * Writes the page about the last validation, unless the one before was written just now; after the last step always, with the
   * labels that look wrong.
   */
  async write(config: RunConfig, run: ReportedRun): Promise<void> {
    const began = performance.now();
    if (!run.isLast && began - this.#ended < this.#took / shareOfTime) return;
    await writePage(config, run);
    this.#ended = performance.now();
    this.#took = this.#ended - began;
  }
}

async function writePage(
  config: RunConfig,
  { task, engine, records, isLast, note }: ReportedRun,
): Promise<void> {
  if (!task.report) return;
  const validations = records.filter((record) => record.kind === 'validation');
  const last = validations.at(-1);
  if (!last) return;
  const best = validations.reduce((most, own) => (own.score > most.score ? own : most));
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const percent = (score: number) => `${(100 * score).toFixed(2)} %`;
  const { page, suspects } = await task.report({
    title: basename(config.out),
    facts: [
      [
        'shown',
        `the validation after epoch ${last.epoch + 1} of ${config.epochs}: ${last.measure} ${percent(last.score)}`,
      ],
      [
        'best',
        `after epoch ${best.epoch + 1}: ${best.measure} ${percent(best.score)}; images chosen for validation chose it, so that it flatters a little`,
      ],
      ['starting from', config.model],
      ['time', `${formatDuration(seconds)}, ${last.step} steps`],
    ],
    charts: [{ caption: 'Loss of the steps, and what each validation measured.', spec: curvesSpec(records) }],
    predict: isLast ? engine.predict.bind(engine) : undefined,
  });
  const path = join(config.out, reportFile);
  await writeAtomically(path, page);
  if (suspects) note(`${suspects} places where labels look wrong are shown at the end of ${path}`);
}
