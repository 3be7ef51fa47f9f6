import { join } from 'node:path';
import { z } from 'zod';
import { metricsFile, readMetrics } from '../../training/metrics-log.js';
import { smoothSteps } from '../../training/plot.js';
import type { Experiment } from './experiment.js';
import { readJsonFiles, resultsFolder } from './read-results.js';
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

/** The curves beside the results of a folder. */
export async function readCurves(results = resultsFolder()): Promise<LearningCurve[]> {
  return readJsonFiles(join(results, 'curves'), learningCurveSchema);
}
