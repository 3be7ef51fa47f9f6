import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialWeights } from '../../models/initialise.js';
import { classifierConfigSchema, createModel } from '../../models/model-config.js';
import { thisMachine } from '../../src/benchmark/machine.js';
import { writeModelFolder } from '../../src/checkpoint/model-folder.js';
import { elementCount } from '../../src/tensor/named-arrays.js';
import type { Progress } from '../../src/train/checkpoint.js';
import type { Reporter } from '../../src/train/loop.js';
import { bestModelFolder } from '../../src/train/run-folder.js';
import { runTraining } from '../../src/train/run-training.js';
import type { Experiment, Stage } from './experiment.js';
import { readExperiment } from './experiment.js';
import type { ExperimentResult } from './result.js';
import { experimentResultSchema, resultFile } from './result.js';
import { inputSizeOf, stageConfig, stageFolder } from './stage-run.js';
import { testModel } from './test-model.js';

export interface ExperimentOptions {
  /** Aborted: the stage under way saves its state and the experiment throws the signal's reason. */
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
  /** Folder for runs and results; an experiment continues from what it finds there. */
  readonly out: string;
  /** Threads of ONNX Runtime. Default 2. */
  readonly threads?: number;
  /** Only these of the experiment's seeds. */
  readonly seeds?: readonly number[];
}

/**
 * Runs an experiment, by default one of configs/experiments by its name: all its stages for all its seeds,
 * each measured on test images where the curriculum says so, and the finished model on images that it was not
 * trained on where the experiment says so. Stages and measurements that are done are not repeated.
 *
 * @returns a result for each seed and each measurement; also written to `<out>/results`
 * @throws UserError when there is no such experiment; the signal's reason when it aborts
 */
export async function runExperiment(
  named: string | Experiment,
  options: ExperimentOptions,
): Promise<ExperimentResult[]> {
  const experiment = typeof named === 'string' ? await readExperiment(named) : named;
  const results: ExperimentResult[] = [];
  for (const seed of options.seeds ?? experiment.seeds) {
    results.push(...(await runSeed(experiment, seed, options)));
  }
  return results;
}

/** What the stages so far have cost. */
interface Cost {
  readonly steps: number;
  readonly trainImages: number;
  readonly seconds: number;
}

async function runSeed(
  experiment: Experiment,
  seed: number,
  options: ExperimentOptions,
): Promise<ExperimentResult[]> {
  const results: ExperimentResult[] = [];
  let from = await untrainedModel(experiment, options.out);
  let cost: Cost = { steps: 0, trainImages: 0, seconds: 0 };
  for (const [stage, { data, epochs, trainImages, testImages }] of experiment.stages.entries()) {
    options.reporter.note(`${experiment.name}, seed ${seed}: canvas ${data.canvas}`);
    const run = await runStage(experiment, stage, seed, from, options);
    from = run.model;
    cost = {
      steps: cost.steps + run.progress.step,
      trainImages: cost.trainImages + epochs * trainImages,
      seconds: cost.seconds + run.progress.seconds,
    };
    if (testImages)
      results.push(await measure(experiment, seed, { data, testImages }, { model: from, cost }, options));
  }
  const trainedCanvas = experiment.stages.at(-1)!.data.canvas;
  for (const { data, testImages } of experiment.transfers) {
    const test = { data, testImages, trainedCanvas };
    results.push(await measure(experiment, seed, test, { model: from, cost }, options));
  }
  return results;
}

/** What a model is measured on; `trainedCanvas` where it was not trained on such images. */
interface Test {
  readonly data: Stage['data'];
  readonly testImages: number;
  readonly trainedCanvas?: number;
}

async function runStage(
  experiment: Experiment,
  stage: number,
  seed: number,
  from: string,
  { out, threads = 2, signal, reporter }: ExperimentOptions,
): Promise<{ model: string; progress: Progress }> {
  const folder = stageFolder(experiment, stage, seed, out);
  const config = stageConfig(experiment, stage, seed, { from, out: folder, threads });
  const done = join(folder, 'done.json');
  const model = join(folder, bestModelFolder);
  if (existsSync(done)) return { model, progress: JSON.parse(await readFile(done, 'utf8')) as Progress };
  const progress = await runTraining(config, { signal, reporter });
  signal.throwIfAborted();
  await writeFile(done, JSON.stringify(progress));
  return { model, progress };
}

/** The model folder that names architecture and preprocessing; its weights are drawn anew for each seed. */
async function untrainedModel(experiment: Experiment, out: string): Promise<string> {
  const path = join(out, 'untrained', experiment.name);
  const config = classifierConfigSchema.parse({ ...experiment.model, classes: 1 });
  const preprocessing = {
    // Black stays zero.
    mean: [0, 0, 0] as [number, number, number],
    std: [0.3, 0.3, 0.3] as [number, number, number],
    interpolation: 'bilinear' as const,
    imageSize: config.imageSize,
    resize: { mode: 'none' as const },
  };
  const weights = initialWeights(createModel(config), 0);
  await writeModelFolder(path, { config, preprocessing, labels: ['none'], weights }, 'Untrained.\n');
  return path;
}

async function measure(
  experiment: Experiment,
  seed: number,
  { data, testImages: images, trainedCanvas }: Test,
  { model, cost }: { readonly model: string; readonly cost: Cost },
  { out, threads = 2, signal, reporter }: ExperimentOptions,
): Promise<ExperimentResult> {
  const identity = { name: experiment.name, canvas: data.canvas, seed };
  const path = join(out, 'results', resultFile(identity));
  if (existsSync(path)) return experimentResultSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const inputSize = inputSizeOf(experiment, data.canvas);
  const scores = await testModel(model, data, { inputSize, images, threads, signal });
  const result: ExperimentResult = {
    ...identity,
    title: experiment.title,
    model: String(experiment.model.type),
    parameters: await parametersOf(model),
    generator: data.generator,
    inputSize,
    data: { ...data },
    ...(trainedCanvas && { trainedCanvas }),
    accuracies: { ...scores.accuracies },
    testImages: scores.images,
    ...cost,
    machine: { ...thisMachine() },
  };
  await mkdir(join(out, 'results'), { recursive: true });
  await writeFile(path, `${JSON.stringify(result, undefined, 2)}\n`);
  reporter.note(`test, canvas ${data.canvas}: ${JSON.stringify(scores.accuracies)}`);
  return result;
}

async function parametersOf(path: string): Promise<number> {
  const { model } = JSON.parse(await readFile(join(path, 'config.json'), 'utf8')) as { model: unknown };
  const shapes = createModel(classifierConfigSchema.parse(model)).parameterShapes;
  return Object.values(shapes).reduce((sum, shape) => sum + elementCount(shape), 0);
}
