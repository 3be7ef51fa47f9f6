import { namedConfiguration } from '../../models/configurations.js';
import { initialWeights } from '../../models/initialise.js';
import { blocksOfStage, createModel } from '../../models/model-config.js';
import { useBackend } from '../runtime/backends.js';
import { loadGradients } from '../tensor/gradients.js';
import { classificationObjective } from '../train/classification/objective.js';
import type { EngineOptions } from '../train/engines/eager-engine.js';
import { EagerEngine } from '../train/engines/eager-engine.js';
import type { Batch, TrainingEngine } from '../train/engines/engine.js';
import { initialState } from '../train/engines/engine.js';
import { TracedEngine } from '../train/engines/traced-engine.js';
import type { BenchmarkRow, Figures, MeasureOptions } from './row.js';
import { interleave, median } from './timing.js';

const SIDE = 224;
const CLASSES = 10;
const BATCH = 2;
const ROUNDS = 3;

/** A whole training step (forward, backward, clipping, AdamW) in ONNX Runtime and eagerly on tfjs-wasm. */
export const tracedStep: BenchmarkRow = {
  name: 'traced-step',
  description: `training step of vil_tiny_sparse, batch ${BATCH}, ${SIDE} x ${SIDE}: ONNX Runtime against tfjs-wasm`,
  measure,
  summarise: ({ seconds, eagerSeconds, timesFasterThanEager }) =>
    `${seconds!.toFixed(3)} s traced, ${eagerSeconds!.toFixed(2)} s eager: ` +
    `${timesFasterThanEager!.toFixed(1)} x faster`,
};

async function measure({ threads }: MeasureOptions): Promise<Figures> {
  // The fastest tfjs backend that npm alone installs and every machine runs: cpu is plain JavaScript, and
  // webgpu needs a GPU.
  await useBackend('wasm');
  await loadGradients();
  const config = namedConfiguration('vil_tiny_sparse', { classes: CLASSES, imageSize: [SIDE, SIDE] });
  const model = createModel(config);
  const options: EngineOptions = {
    objective: classificationObjective(model, CLASSES),
    blocks: blocksOfStage(config).reduce((sum, blocks) => sum + blocks, 0),
    height: SIDE,
    width: SIDE,
    settings: {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.05,
      clipNorm: 1,
      averageDecay: 0,
      rates: {},
    },
  };
  const state = initialState(initialWeights(model, 1), false);
  const traced = await TracedEngine.start(options, state, threads);
  const eager = new EagerEngine(options, state);
  const seconds = await interleave(ROUNDS, { traced: stepRun(traced), eager: stepRun(eager) });
  for (const engine of [traced, eager]) await engine.close();
  const [tracedSeconds, eagerSeconds] = [median(seconds.traced), median(seconds.eager)];
  return {
    seconds: tracedSeconds,
    eagerSeconds,
    timesFasterThanEager: eagerSeconds / tracedSeconds,
    threads,
  };
}

function stepRun(engine: TrainingEngine): () => Promise<unknown> {
  const batch: Batch = {
    size: BATCH,
    image: Float32Array.from({ length: BATCH * 3 * SIDE * SIDE }, (_, index) => Math.sin(index)),
    targets: {
      target: Float32Array.from({ length: BATCH * CLASSES }, (_, index) => Number(index % CLASSES === 0)),
    },
  };
  let count = 0;
  return () => engine.step([batch], 1e-4, ++count);
}
