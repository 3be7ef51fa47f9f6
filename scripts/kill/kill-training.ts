import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights } from '../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import { writeModelFolder } from '../../src/checkpoint/model-folder.js';
import { readSafetensors } from '../../src/checkpoint/safetensors.js';
import { centreCrop } from '../../src/image/preprocessing.js';
import { checkpointPath } from '../../src/train/checkpoint.js';
import { readMetrics } from '../../src/train/metrics-log.js';
import { writeDataset } from '../../test/datasets/synthetic-images.js';

const program = fileURLToPath(new URL('../../test/train/train-process.ts', import.meta.url));

/** What has been seen; everything that must not happen has been thrown. */
export interface TrainingKillFigures {
  readonly kills: number;
  /** How many of them came before the first step of their run, and behind it. */
  readonly killsWithSteps: { readonly none: number; readonly some: number };
  /** Runs that came to their end before they were killed; the next one started anew. */
  readonly finishedRuns: number;
  readonly steps: number;
}

/**
 * Kills a small training (SIGKILL) again and again and runs it again, and compares what it leaves with what is left by one
 * that was left alone.
 * @param draw numbers in [0, 1): when to kill. One kill in four is at any time of the first run's length, most of which is loading;
 *   the others are within 100 ms after one of the first four steps, in the midst of steps and checkpoints
 * @throws Error when a weight differs by a bit, or a step or validation is missing or logged twice
 */
export async function killTraining(kills: number, draw: () => number): Promise<TrainingKillFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'kill-training-'));
  const data = await writeDataset({ train: 16, val: 4 });
  try {
    const { config, out } = await setUpTraining(folder, data);
    const began = performance.now();
    await runToEnd(config);
    const milliseconds = performance.now() - began;
    const expected = await outcomeOf(out);
    await rm(out, { recursive: true });
    const killsWithSteps = { none: 0, some: 0 };
    let [done, finishedRuns] = [0, 0];
    while (done < kills) {
      const { isKilled, steps } = await run(config, momentOf(draw, milliseconds));
      if (isKilled) {
        done++;
        killsWithSteps[steps > 0 ? 'some' : 'none']++;
        continue;
      }
      compareOutcomes(await outcomeOf(out), expected);
      finishedRuns++;
      await rm(out, { recursive: true });
    }
    await runToEnd(config);
    compareOutcomes(await outcomeOf(out), expected);
    const steps = expected.log.filter((line) => line.startsWith('step')).length;
    return { kills: done, killsWithSteps, finishedRuns: finishedRuns + 1, steps };
  } finally {
    for (const each of [folder, data]) await rm(each, { recursive: true, force: true });
  }
}

function momentOf(draw: () => number, whole: number): { steps: number; milliseconds: number } {
  if (draw() < 0.25) return { steps: 0, milliseconds: draw() * whole };
  return { steps: 1 + Math.floor(4 * draw()), milliseconds: 100 * draw() };
}

/** Writes the model to start from and the configuration, which saves after every step. */
export async function setUpTraining(folder: string, data: string): Promise<{ config: string; out: string }> {
  const [model, out] = [join(folder, 'model'), join(folder, 'run')];
  await mkdir(model);
  const arch = 'l1,h2,d16,n1,s1,g1,p4,f2,a0_l2,h2,d16,n1,s0,g1,p2,f2,a0';
  const modelConfig = modelConfigSchema.parse({ type: 'vil', arch, classes: 2, imageSize: [24, 24] });
  const weights = initialWeights(createModel(modelConfig), 1);
  const preprocessing = centreCrop([24, 24], 1, 'half');
  await writeModelFolder(model, { config: modelConfig, weights, labels: ['cat', 'dog'], preprocessing }, '');
  const settings = {
    ...{ data, model, out, imageSize: [24, 24], epochs: 3, batchSize: 8, dropPath: 0.1, threads: 1 },
    checkpointMinutes: 1e-6,
    augment: { verticalFlip: true, rotations: true, cutmix: 1, mixProbability: 0.25 },
    optimiser: { learningRate: 0.005, warmupEpochs: 0.5, averageDecay: 0.7 },
  };
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify(settings));
  return { config, out };
}

/** Runs the training to its end. */
export async function runToEnd(config: string): Promise<void> {
  await run(config);
}

/**
 * Runs the training to its end, or until it is killed.
 * @param killAt when: so many milliseconds after so many steps of this run
 */
async function run(
  config: string,
  killAt?: { readonly steps: number; readonly milliseconds: number },
): Promise<{ isKilled: boolean; steps: number }> {
  const args = ['--import', import.meta.resolve('tsx'), program, config];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  let timer: NodeJS.Timeout | undefined;
  const steps = () => stdout.split('step ').length - 1;
  const killInTime = () => {
    if (killAt === undefined || timer !== undefined || steps() < killAt.steps) return;
    timer = setTimeout(() => child.kill('SIGKILL'), killAt.milliseconds);
  };
  killInTime();
  child.stdout.on('data', (part) => {
    stdout += part;
    killInTime();
  });
  child.stderr.on('data', (part) => (stderr += part));
  const end = await new Promise<string | number | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  clearTimeout(timer);
  if (end !== 0 && end !== 'SIGKILL') throw new Error(`the training ended with ${end}:\n${stderr}`);
  return { isKilled: end === 'SIGKILL', steps: steps() };
}

/** What a training leaves. */
export interface Outcome {
  /** All weights and moments of the checkpoint, and the file of the best model. */
  readonly bytes: Buffer;
  /** Kind and number of every line of the log, in order. */
  readonly log: readonly string[];
}

export async function outcomeOf(out: string): Promise<Outcome> {
  const { tensors } = await readSafetensors(checkpointPath(out));
  const parts = Object.values(tensors).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  const best = await readFile(join(out, 'best', 'model.safetensors'));
  const records = await readMetrics(join(out, 'metrics.jsonl'));
  const log = records.map(({ kind, step, epoch, loss }) => `${kind} ${step} ${epoch} ${loss}`);
  return { bytes: Buffer.concat([...parts, best]), log };
}

/** @throws Error where a weight, a moment or a line of the log differs */
export function compareOutcomes(found: Outcome, expected: Outcome): void {
  if (!found.bytes.equals(expected.bytes))
    throw new Error('the weights differ from those of a run left alone');
  if (String(found.log) !== String(expected.log)) {
    throw new Error(`the log differs:\n${found.log.join('\n')}\ninstead of\n${expected.log.join('\n')}`);
  }
}
