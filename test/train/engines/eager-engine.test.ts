import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tf } from '../../../src/tensor/tensor.js';
import { EagerEngine } from '../../../src/train/engines/eager-engine.js';
import type { Batch } from '../../../src/train/engines/engine.js';
import { initialState } from '../../../src/train/engines/engine.js';
import type { StepSettings } from '../../../src/train/engines/step.js';
import { toyBatch, toyModel, toyObjective, toyWeights } from '../toy-model.js';

const settings: StepSettings = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.05,
  clipNorm: 0,
  averageDecay: 0.9,
  rates: {},
};
const shape = { objective: toyObjective, blocks: 0, height: 2, width: 2 };

function engine(changes: Partial<StepSettings> = {}): EagerEngine {
  const merged = { ...settings, ...changes };
  return new EagerEngine(
    { ...shape, settings: merged },
    initialState(toyWeights(1), merged.averageDecay > 0),
  );
}

function half(batch: Batch, second: boolean): Batch {
  const size = batch.size / 2;
  const cut = (data: Float32Array) => data.subarray(second ? data.length / 2 : 0).slice(0, data.length / 2);
  return { size, image: cut(batch.image), targets: { target: cut(batch.targets.target!) } };
}

describe('EagerEngine', () => {
  it('learns', async () => {
    const eager = engine();
    const losses: number[] = [];
    for (let step = 1; step <= 60; step++)
      losses.push((await eager.step([toyBatch(step, 16)], 0.02, step)).loss);
    expect(losses.at(-1)!).toBeLessThan(0.6 * losses[0]!);
    await eager.close();
  });

  it('takes the same step on two halves of a batch as on the whole', async () => {
    const [whole, halves] = [engine(), engine()];
    const batch = toyBatch(2, 8);
    const one = await whole.step([batch], 0.01, 1);
    const two = await halves.step([half(batch, false), half(batch, true)], 0.01, 1);
    expect(two.loss).toBeCloseTo(one.loss, 5);
    expect(two.gradientNorm).toBeCloseTo(one.gradientNorm, 5);
    const [a, b] = [(await whole.state()).weight, (await halves.state()).weight];
    for (const name of Object.keys(a)) {
      for (const [index, value] of a[name]!.data.entries())
        expect(b[name]!.data[index]).toBeCloseTo(value, 4);
    }
  });

  it('reports the norm before clipping and moves the first moment by the clipped gradient', async () => {
    const clipped = engine({ clipNorm: 0.01 });
    const { gradientNorm } = await clipped.step([toyBatch(3, 8)], 0.01, 1);
    expect(gradientNorm).toBeGreaterThan(0.01);
    const { first } = await clipped.state();
    const squares = Object.values(first).flatMap(({ data }) => [...data].map((value) => (value / 0.1) ** 2));
    expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0))).toBeCloseTo(0.01, 5);
  });

  it('does not move a layer whose rate is 0', async () => {
    const frozen = engine({ rates: { 'hidden.weight': 0 } });
    await frozen.step([toyBatch(4, 8)], 0.1, 1);
    const { weight } = await frozen.state();
    expect(weight['hidden.weight']!.data).toEqual(toyWeights(1)['hidden.weight']!.data);
    expect(weight['head.weight']!.data).not.toEqual(toyWeights(1)['head.weight']!.data);
  });

  it('keeps the moving average and predicts with it', async () => {
    const averaged = engine({ averageDecay: 0.5 });
    await averaged.step([toyBatch(5, 8)], 0.1, 1);
    const { weight, average } = await averaged.state();
    const before = toyWeights(1);
    for (const name of Object.keys(before)) {
      for (const [index, value] of average![name]!.data.entries()) {
        expect(value).toBeCloseTo((before[name]!.data[index]! + weight[name]!.data[index]!) / 2, 6);
      }
    }
    const { image } = toyBatch(6, 4);
    const constant = new EagerEngine({ ...shape, settings }, initialState(average!, false));
    expect(await averaged.predict(image, 4)).toEqual(await constant.predict(image, 4));
  });

  it('holds no more tensors after many steps than after one', async () => {
    const eager = engine();
    const before = tf.memory().numTensors;
    for (let step = 1; step <= 3; step++) await eager.step([toyBatch(step, 4), toyBatch(9, 4)], 0.01, step);
    await eager.predict(toyBatch(1, 2).image, 2);
    expect(tf.memory().numTensors).toBe(before);
    await eager.close();
    expect(tf.memory().numTensors).toBe(before - 4 * Object.keys(toyModel.parameterShapes).length);
  });
});
