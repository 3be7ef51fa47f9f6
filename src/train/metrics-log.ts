import { appendFile, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from '../base/write-atomically.js';

/** Name of the log in a run's folder. */
export const metricsFile = 'metrics.jsonl';

/** One optimiser step in the log. */
const stepRecord = z.object({
  kind: z.literal('step'),
  step: z.number(),
  epoch: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  seconds: z.number(),
});

/** One pass over the validation split in the log. */
const validationRecord = z.object({
  kind: z.literal('validation'),
  step: z.number(),
  epoch: z.number(),
  loss: z.number(),
  /** What is scored, e.g. 'accuracy'. */
  measure: z.string(),
  score: z.number(),
  seconds: z.number(),
});

const metricsRecord = z.discriminatedUnion('kind', [stepRecord, validationRecord]);

export type StepRecord = z.infer<typeof stepRecord>;
export type ValidationRecord = z.infer<typeof validationRecord>;
export type MetricsRecord = z.infer<typeof metricsRecord>;

/** Appends one line to the log. Numbers are rounded to seven digits, the precision of what they were computed in. */
export async function appendMetrics(path: string, record: MetricsRecord): Promise<void> {
  await appendFile(path, `${lineOf(record)}\n`);
}

function lineOf(record: MetricsRecord): string {
  return JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value,
  );
}

function parseLine(line: string): MetricsRecord | undefined {
  try {
    return metricsRecord.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Reads a log; a last line cut short by a crash is left out. A log that does not exist yet is empty. */
export async function readMetrics(path: string): Promise<MetricsRecord[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine)
    .filter((record) => record !== undefined);
}

/**
 * Cuts a log back to what a checkpoint contains, so that a resumed run logs neither a step nor a validation twice. The log
 * is replaced as a whole: a kill in the middle of it loses nothing.
 * @param validated epochs whose validation the checkpoint contains
 */
export async function rewindMetrics(path: string, step: number, validated: number): Promise<void> {
  const records = await readMetrics(path);
  const kept = records.filter((record) =>
    record.kind === 'step' ? record.step <= step : record.epoch < validated,
  );
  const text = kept.map((record) => `${lineOf(record)}\n`).join('');
  await writeAtomically(path, text);
}
