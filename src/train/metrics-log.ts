import { appendFile, readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';

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
  const rounded = JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value,
  );
  await appendFile(path, `${rounded}\n`);
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

/** Cuts a log back to the steps a checkpoint contains, so that a resumed run does not log them twice. */
export async function rewindMetrics(path: string, step: number): Promise<void> {
  const kept = (await readMetrics(path)).filter((record) => record.step <= step);
  await truncate(path, 0).catch(() => undefined);
  for (const record of kept) await appendMetrics(path, record);
}
