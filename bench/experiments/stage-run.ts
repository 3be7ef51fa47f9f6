import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { GeneratedConfig } from '../../src/train/config.js';
import { generatedConfigSchema } from '../../src/train/config.js';
import type { Experiment } from './experiment.js';

/** Side of what the model is given of images of `canvas` pixels. */
export function inputSizeOf({ view }: Pick<Experiment, 'view'>, canvas: number): number {
  return Math.min(canvas, view ?? Number.POSITIVE_INFINITY);
}

/**
 * Folder of a stage's run. It is named after everything that its result depends on, so that experiments with
 * the same beginning share its runs, and a changed setting starts new ones. A view counts from the first
 * stage whose images it shrinks: until then it makes no difference to training.
 */
export function stageFolder(experiment: Experiment, stage: number, seed: number, out: string): string {
  const { model, stages } = experiment;
  const soFar = stages.slice(0, stage + 1);
  const isShrunk = soFar.some(({ data: { canvas } }) => inputSizeOf(experiment, canvas) < canvas);
  const history = { model, view: isShrunk ? experiment.view : undefined, seed, stages: soFar };
  const hash = createHash('sha256').update(JSON.stringify(history)).digest('hex').slice(0, 8);
  return join(out, 'stages', `${model.type}-${stages[stage]!.data.canvas}-seed${seed}-${hash}`);
}

/** The training run of a stage. @param from model folder that it starts from */
export function stageConfig(
  experiment: Experiment,
  stage: number,
  seed: number,
  run: { readonly from: string; readonly out: string; readonly threads: number },
): GeneratedConfig {
  const { testImages: _, learningRate, ...settings } = experiment.stages[stage]!;
  const side = inputSizeOf(experiment, settings.data.canvas);
  return generatedConfigSchema.parse({
    ...settings,
    task: 'generated',
    model: run.from,
    weights: stage === 0 ? 'random' : 'pretrained',
    imageSize: [side, side],
    optimiser: {
      learningRate,
      finalLearningRate: learningRate / 20,
      warmupEpochs: 0.1,
      warmupStart: 0.01,
      beta2: 0.99,
      averageDecay: 0.98,
    },
    seed,
    threads: run.threads,
    out: run.out,
  });
}
