import { join } from 'node:path';
import { UserError } from '../base/errors.js';
import { isDiskFull } from '../base/file-errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { Progress } from './checkpoint.js';
import { saveCheckpoint } from './checkpoint.js';
import type { RunConfig } from './config.js';
import type { StepResult, TrainingEngine } from './engines/engine.js';
import { appendMetrics, metricsFile, readMetrics } from './metrics-log.js';
import { learningRateAt, usesRandomShift } from './optimiser/schedule.js';
import type { TrainingPlan } from './plan.js';
import { plotCurves } from './plot.js';
import { prepareBatch } from './prepare-batch.js';
import type { ProgressState } from './progress.js';
import { smoothedSeconds } from './progress.js';
import { RunReports } from './report-run.js';
import type { TaskBatch, TrainingTask, ValidationScores } from './task.js';

/** Everything a run needs, set up by the caller. */
export interface TrainingRun {
  readonly config: RunConfig;
  readonly plan: TrainingPlan;
  readonly engine: TrainingEngine;
  readonly task: TrainingTask;
  /** Blocks of the model over all stages. */
  readonly blocks: number;
  readonly start: Progress;
  /** Aborted: the run saves its state after the step under way and returns. */
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
  /** Called with the weights of the best epoch so far. */
  readonly keepBest: (weights: NamedArrays, progress: Progress) => Promise<void>;
}

/** Where a run tells how it goes. */
export interface Reporter {
  /** Something worth a line of its own. */
  note(line: string): void;
  /** After every step. */
  step(state: ProgressState): void;
}

/**
 * Trains: batches, steps, a validation after each epoch, checkpoints in between.
 * @returns where the run ended; at the last step unless it was interrupted
 * @throws UserError when the loss is no longer a number, or the disk is full: the last checkpoint stays
 */
export async function train(run: TrainingRun): Promise<Progress> {
  const saver = new Saver(run);
  try {
    return await trainFrom(run, saver, new RunReports());
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    const { out } = run.config;
    throw new UserError(
      `${out}: the disk is full. The checkpoint of step ${saver.saved.step} is unharmed: make room, and the same command goes on ` +
        'from there.',
      { cause: error },
    );
  }
}

async function trainFrom(run: TrainingRun, saver: Saver, reports: RunReports): Promise<Progress> {
  const { plan, signal } = run;
  let progress = run.start;
  while (!signal.aborted) {
    if (progress.validated < Math.floor(progress.step / plan.stepsPerEpoch)) {
      progress = await validate(run, progress, reports);
      await saver.save(progress);
    }
    if (progress.step >= plan.totalSteps) return progress;
    progress = await trainEpoch(run, progress, saver);
  }
  await saver.save(progress);
  return progress;
}

/** Saves the state of a run, at once or when enough time has passed. */
class Saver {
  readonly #run: TrainingRun;
  #savedAt = Date.now();
  /** What the checkpoint contains. */
  saved: Progress;

  constructor(run: TrainingRun) {
    this.#run = run;
    this.saved = run.start;
  }

  async save(progress: Progress): Promise<void> {
    const { config, engine } = this.#run;
    await saveCheckpoint(config.out, config, progress, await engine.state());
    this.saved = progress;
    this.#savedAt = Date.now();
  }

  async saveIfDue(progress: Progress): Promise<void> {
    if (Date.now() - this.#savedAt > this.#run.config.checkpointMinutes * 60_000) await this.save(progress);
  }
}

/** Takes the steps that are left of the epoch under way, or those before an interruption. */
async function trainEpoch(run: TrainingRun, start: Progress, saver: Saver): Promise<Progress> {
  const { config, plan, signal, reporter } = run;
  const epoch = Math.floor(start.step / plan.stepsPerEpoch);
  let progress = start;
  let secondsPerStep: number | undefined;
  for await (const parts of stepBatches(run, epoch, start.step % plan.stepsPerEpoch)) {
    const began = performance.now();
    const learningRate = learningRateAt(progress.step, plan.schedule);
    const { loss, gradientNorm } = await takeStep(run, parts, progress.step, learningRate);
    const seconds = (performance.now() - began) / 1000;
    const step = progress.step + 1;
    secondsPerStep = smoothedSeconds(secondsPerStep, seconds);
    progress = { ...progress, step, seconds: progress.seconds + seconds };
    const record = { step, epoch, loss, learningRate, gradientNorm, seconds };
    await appendMetrics(join(config.out, metricsFile), { kind: 'step', ...record });
    reporter.step({ step, totalSteps: plan.totalSteps, epoch, epochs: config.epochs, loss, secondsPerStep });
    if (signal.aborted) break;
    await saver.saveIfDue(progress);
  }
  return progress;
}

/** The batches of each remaining optimiser step of an epoch, as many as gradients are accumulated. */
async function* stepBatches(run: TrainingRun, epoch: number, from: number): AsyncGenerator<TaskBatch[]> {
  const { accumulation } = run.config;
  let group: TaskBatch[] = [];
  const to = run.plan.stepsPerEpoch * accumulation;
  for await (const batch of run.task.batches(epoch, from * accumulation, to)) {
    group.push(batch);
    if (group.length < accumulation) continue;
    yield group;
    group = [];
  }
}

async function takeStep(
  run: TrainingRun,
  parts: readonly TaskBatch[],
  step: number,
  learningRate: number,
): Promise<StepResult> {
  const { config, plan, engine } = run;
  const randomShift = config.randomShift && usesRandomShift(step, plan.totalSteps, config.randomShiftUntil);
  const layers = { seed: config.seed, blocks: run.blocks, dropPath: config.dropPath, randomShift };
  const batches = parts.map((each, part) => prepareBatch(each, layers, { step, part }));
  const result = await engine.step(batches, learningRate, step + 1);
  if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
    throw new UserError(
      `The loss is no longer a number at step ${step + 1}. Lower the learning rate; the last checkpoint is unharmed.`,
    );
  }
  return result;
}

/** One pass over the validation split: logs it, draws the curves, keeps the weights if they are the best so far. */
async function validate(run: TrainingRun, progress: Progress, reports: RunReports): Promise<Progress> {
  const { config, plan, engine, reporter, task } = run;
  const { measure } = task;
  const epoch = Math.floor(progress.step / plan.stepsPerEpoch) - 1;
  const began = performance.now();
  const scores = await task.validate((image, size) => engine.predict(image, size));
  const seconds = (performance.now() - began) / 1000;
  const log = join(config.out, metricsFile);
  await appendMetrics(log, { kind: 'validation', step: progress.step, epoch, measure, ...scores, seconds });
  const records = await readMetrics(log);
  await plotCurves(config.out, records);
  const summary = `${measure} ${(100 * scores.score).toFixed(2)} %, loss ${scores.loss.toFixed(4)}`;
  reporter.note(`epoch ${epoch + 1}/${config.epochs}: validation ${summary}`);
  const isLast = progress.step >= plan.totalSteps;
  await reports.write(config, { task, engine, records, isLast, note: (line) => reporter.note(line) });
  const validated = { ...progress, validated: epoch + 1, seconds: progress.seconds + seconds };
  if (!isBetter(scores, progress.best)) return validated;
  const improved = { ...validated, best: { measure, ...scores, epoch } };
  const state = await engine.state();
  await run.keepBest(state.average ?? state.weight, improved);
  return improved;
}

/** The higher score wins; among equals, which small validation splits have often, the lower loss. */
function isBetter({ score, loss }: ValidationScores, best: Progress['best']): boolean {
  if (!best || score > best.score) return true;
  return score === best.score && loss < best.loss;
}
