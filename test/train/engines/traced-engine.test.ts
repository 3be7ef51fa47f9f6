import '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NamedArrays } from '../../../src/tensor/named-arrays.js';
import { tf } from '../../../src/tensor/tensor.js';
import { EagerEngine } from '../../../src/train/engines/eager-engine.js';
import type { Batch, OptimiserState, TrainingEngine } from '../../../src/train/engines/engine.js';
import { initialState } from '../../../src/train/engines/engine.js';
import type { StepSettings } from '../../../src/train/engines/step.js';
import { TracedEngine } from '../../../src/train/engines/traced-engine.js';
import { toyBatch, toyObjective, toyWeights } from '../toy-model.js';

const settings: StepSettings = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.05,
  clipNorm: 0.1,
  averageDecay: 0.9,
  rates: { 'hidden.weight': 0.5 },
};
const options = { objective: toyObjective, blocks: 0, height: 2, width: 2, settings };
const engines: TrainingEngine[] = [];

async function bothEngines(): Promise<TrainingEngine[]> {
  const state = () => initialState(toyWeights(1), true);
  engines.push(new EagerEngine(options, state()), await TracedEngine.start(options, state(), 1));
  return engines;
}

function half(batch: Batch, second: boolean): Batch {
  const size = batch.size / 2;
  const cut = (data: Float32Array) => data.subarray(second ? data.length / 2 : 0).slice(0, data.length / 2);
  return { size, image: cut(batch.image), targets: { target: cut(batch.targets.target!) } };
}

function expectEqualArrays(actual: NamedArrays, expected: NamedArrays): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { data, shape }] of Object.entries(expected)) {
    expect(actual[name]!.shape).toEqual(shape);
    for (const [index, value] of data.entries()) expect(actual[name]!.data[index]).toBeCloseTo(value, 5);
  }
}

function expectEqualStates(actual: OptimiserState, expected: OptimiserState): void {
  expectEqualArrays(actual.weight, expected.weight);
  expectEqualArrays(actual.first, expected.first);
  expectEqualArrays(actual.second, expected.second);
  expectEqualArrays(actual.average!, expected.average!);
}

describe('TracedEngine', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });

  it('takes the steps of the eager engine', async () => {
    const [eager, traced] = await bothEngines();
    for (let count = 1; count <= 4; count++) {
      const batch = toyBatch(count, 8);
      const expected = await eager!.step([batch], 0.01 * count, count);
      const actual = await traced!.step([batch], 0.01 * count, count);
      expect(actual.loss).toBeCloseTo(expected.loss, 5);
      expect(actual.gradientNorm).toBeCloseTo(expected.gradientNorm, 5);
    }
    expectEqualStates(await traced!.state(), await eager!.state());
  });

  it('accumulates gradients over micro-batches, from zero at every step', async () => {
    const [eager, traced] = await bothEngines();
    for (let count = 1; count <= 3; count++) {
      const batch = toyBatch(count, 8);
      const parts = [half(batch, false), half(batch, true)];
      const expected = await eager!.step(parts, 0.01, count);
      const actual = await traced!.step(parts, 0.01, count);
      expect(actual.loss).toBeCloseTo(expected.loss, 5);
      expect(actual.gradientNorm).toBeCloseTo(expected.gradientNorm, 5);
    }
    expectEqualStates(await traced!.state(), await eager!.state());
  });

  it('predicts with the moving average, for any number of images', async () => {
    const [eager, traced] = await bothEngines();
    for (const engine of [eager!, traced!]) await engine.step([toyBatch(1, 8)], 0.1, 1);
    for (const size of [1, 8]) {
      const { image } = toyBatch(2, size);
      const expected = await eager!.predict(image, size);
      const actual = await traced!.predict(image, size);
      expectEqualArrays(actual, expected);
    }
  });

  it('leaves the event loop free and no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const traced = await TracedEngine.start(options, initialState(toyWeights(1), true), 1);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await traced.step([toyBatch(1, 8)], 0.01, 1);
    clearInterval(timer);
    await traced.close();
    expect(ticks).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports what ONNX Runtime refuses', async () => {
    const traced = await TracedEngine.start(options, initialState(toyWeights(1), true), 1);
    const wrong = { ...toyBatch(1, 8), image: new Float32Array(5) };
    await expect(traced.step([wrong], 0.01, 1)).rejects.toThrow(/size|dims/i);
    await traced.close();
  });
});
