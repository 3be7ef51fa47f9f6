import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { metricsFile, readMetrics } from '../../src/train/metrics-log.js';
import { smoothSteps } from '../../src/train/plot.js';
import type { Experiment } from './experiment.js';
import { readJsonFiles } from './read-results.js';
import { stageFolder } from './stage-run.js';

/** How the loss of an experiment fell, with one seed. */
export const learningCurveSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  seed: z.int(),
  stages: z.array(
    z.strictObject({
      canvas: z.int(),
      batchSize: z.int(),
      /** Mean training loss of a run of steps, at its last step. */
      losses: z.array(z.strictObject({ step: z.int(), loss: z.number() })),
    }),
  ),
});
export type LearningCurve = z.infer<typeof learningCurveSchema>;

/** Points of a stage's curve. */
const POINTS = 40;

/** Collects the curve of an experiment from its runs; stages that have not been run are left out. */
export async function collectCurve(
  experiment: Experiment,
  seed: number,
  out: string,
): Promise<LearningCurve> {
  const { name, title, stages } = experiment;
  const curves = await Promise.all(
    stages.map(async ({ data, batchSize }, stage) => {
      const records = await readMetrics(join(stageFolder(experiment, stage, seed, out), metricsFile));
      const losses = smoothSteps(
        records.filter((record) => record.kind === 'step'),
        POINTS,
      );
      return { canvas: data.canvas, batchSize, losses: losses.map(rounded) };
    }),
  );
  return { name, title, seed, stages: curves.filter(({ losses }) => losses.length > 0) };
}

function rounded({ step, loss }: { step: number; loss: number }) {
  return { step, loss: Number(loss.toPrecision(5)) };
}

/**
 * Collects the curves of an experiment's seeds and writes those that there are beside its results.
 * @param runs where the experiment was run @param folder of its curves, by default `<runs>/results/curves`
 */
export async function writeCurves(
  experiment: Experiment,
  runs: string,
  folder = join(runs, 'results', 'curves'),
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const seed of experiment.seeds) {
    const curve = await collectCurve(experiment, seed, runs);
    if (curve.stages.length === 0) continue;
    await writeFile(join(folder, curveFile(curve)), `${JSON.stringify(curve)}\n`);
  }
}

function curveFile({ name, seed }: Pick<LearningCurve, 'name' | 'seed'>): string {
  return `${name}-seed${seed}.json`;
}

/**
 * The curves beside the results of several folders; of a curve that is in more than one, the last one's
 * counts.
 */
export async function readAllCurves(results: readonly string[]): Promise<LearningCurve[]> {
  const read = (folder: string) => readJsonFiles(join(folder, 'curves'), learningCurveSchema);
  const curves = (await Promise.all(results.map(read))).flat();
  return [...new Map(curves.map((curve) => [curveFile(curve), curve])).values()];
}
