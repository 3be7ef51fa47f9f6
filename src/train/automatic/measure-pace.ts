import { readModelFolder } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import type { TrainingConfig } from '../config.js';
import { initialState } from '../engines/engine.js';
import { openEngine, totalBlocks } from '../engines/open-engine.js';
import { openTask } from '../open-task.js';
import { planTraining } from '../plan.js';
import { prepareBatch } from '../prepare-batch.js';
import type { OpenTask, TaskBatch } from '../task.js';
import type { Pace } from './run-length.js';

/** Steps that are timed, after a first one in which the graph is made. */
const timedSteps = 3;

/** What drawing curves and the page takes after each validation, about. */
const secondsForPictures = 3;

/**
 * Takes a few steps of a run on its own data, throws them away, and says how long they took, batches included.
 * @throws UserError as the run would
 */
export async function measurePace(config: TrainingConfig): Promise<Pace> {
  const folder = await readModelFolder(resolveModel(config.model));
  const open = await openTask(config, folder, () => undefined);
  try {
    return await paceOf(config, open);
  } finally {
    await open.task.close();
  }
}

async function paceOf(config: TrainingConfig, open: OpenTask): Promise<Pace> {
  const { stepsPerEpoch } = planTraining({ ...config, stepsPerEpoch: undefined }, open.trainingImages);
  const engine = await openEngine(
    config,
    open,
    initialState(open.weights, config.optimiser.averageDecay > 0),
  );
  try {
    const steps = Math.min(stepsPerEpoch, timedSteps + 1);
    const layers = {
      seed: config.seed,
      blocks: totalBlocks(open.stages),
      dropPath: config.dropPath,
      randomShift: false,
    };
    const times: number[] = [];
    let parts: TaskBatch[] = [];
    let began = performance.now();
    for await (const batch of open.task.batches(0, 0, steps * config.accumulation)) {
      parts.push(batch);
      if (parts.length < config.accumulation) continue;
      const step = times.length;
      await engine.step(
        parts.map((each, part) => prepareBatch(each, layers, { step, part })),
        0,
        step + 1,
      );
      times.push((performance.now() - began) / 1000);
      began = performance.now();
      parts = [];
    }
    const batch = await firstOf(open.task.batches(0, 0, 1));
    const one = batch.image.subarray(0, batch.image.length / batch.size);
    // The first prediction makes the graph.
    await engine.predict(one, 1);
    const before = performance.now();
    await engine.predict(one, 1);
    const prediction = (performance.now() - before) / 1000;
    const timed = times.length > 1 ? times.slice(1) : times;
    return {
      secondsPerStep: timed.reduce((sum, seconds) => sum + seconds, 0) / timed.length,
      secondsPerValidation: prediction * open.validationInputs + secondsForPictures,
      stepsOfAll: stepsPerEpoch,
    };
  } finally {
    await engine.close();
  }
}

async function firstOf(batches: AsyncGenerator<TaskBatch>): Promise<TaskBatch> {
  for await (const batch of batches) return batch;
  throw new Error('a task without batches was measured');
}
