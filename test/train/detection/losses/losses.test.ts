import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor, Tensor3D } from '../../../../src/tensor/tensor.js';
import { tf } from '../../../../src/tensor/tensor.js';
import { detectionLoss } from '../../../../src/train/detection/losses/detection-loss.js';
import { elongationLoss } from '../../../../src/train/detection/losses/elongation-loss.js';
import { generalisedOverlap } from '../../../../src/train/detection/losses/giou.js';
import { probabilisticOverlap } from '../../../../src/train/detection/losses/prob-iou.js';
import { qualityFocalLoss } from '../../../../src/train/detection/losses/quality-focal.js';
import type { NumberArray, TensorFunction } from '../../../onnx/recorder/run-recorded.js';
import {
  largestError,
  numbers,
  recordFunction,
  runEagerly,
  runGraph,
} from '../../../onnx/recorder/run-recorded.js';

/** Pairs of upright boxes: overlapping, apart, one in the other. */
const boxesA: NumberArray = { shape: [1, 3, 4], data: Float32Array.of(0, 0, 4, 2, 0, 0, 2, 2, 1, 1, 9, 9) };
const boxesB: NumberArray = { shape: [1, 3, 4], data: Float32Array.of(2, 0, 6, 2, 3, 5, 5, 7, 3, 4, 5, 6) };

/** A turned box [x, y, length, breadth, angle]. */
const turned = (...values: [number, number, number, number, number]) => {
  const [x, y, length, breadth, angle] = values;
  return [x, y, length, breadth, Math.cos(2 * angle), Math.sin(2 * angle)];
};
const turnedOf = (...boxes: number[][]): NumberArray => ({
  shape: [1, boxes.length, 6],
  data: Float32Array.from(boxes.flat()),
});

/** Compares the gradient of the first input with central differences. */
function checkGradient(loss: TensorFunction, inputs: readonly NumberArray[], step = 1e-2): void {
  const total: TensorFunction = (...tensors) => tf.sum(loss(...tensors) as Tensor);
  const [first, ...others] = inputs as [NumberArray, ...NumberArray[]];
  const gradient: TensorFunction = (x, ...rest) => tf.grad((value) => total(value, ...rest) as Tensor)(x!);
  const [analytic] = runEagerly(gradient, inputs);
  const at = (index: number, change: number) => {
    const data = first.data.slice();
    data[index]! += change;
    return runEagerly(total, [{ shape: first.shape, data }, ...others])[0]!.data[0]!;
  };
  for (const index of first.data.keys()) {
    const numeric = (at(index, step) - at(index, -step)) / (2 * step);
    expect(Math.abs(analytic!.data[index]! - numeric), `value ${index}`).toBeLessThan(2e-3);
  }
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('qualityFocalLoss', () => {
  it('is zero where the score is the quality, and weighs errors by their square', () => {
    const logits = tf.tensor1d([0, 0, 4]);
    const loss = qualityFocalLoss(logits, tf.tensor1d([0.5, 1, 0])).dataSync();
    expect(loss[0]).toBeCloseTo(0, 6);
    expect(loss[1]).toBeCloseTo(0.25 * Math.log(2), 5);
    const sigmoid = 1 / (1 + Math.exp(-4));
    expect(loss[2]).toBeCloseTo(-(sigmoid ** 2) * Math.log(1 - sigmoid), 4);
  });

  it('stays finite for extreme scores', () => {
    const loss = qualityFocalLoss(tf.tensor1d([200, -200]), tf.tensor1d([0, 1])).dataSync();
    expect([...loss].every(Number.isFinite)).toBe(true);
  });

  it('has the gradient of finite differences', () => {
    const quality = { shape: [5], data: Float32Array.of(0, 0.2, 0.9, 1, 0.5) };
    checkGradient((x, q) => qualityFocalLoss(x!, q!), [numbers([5], 3, -2, 2), quality]);
  });
});

describe('generalisedOverlap', () => {
  it('equals the definition', () => {
    const [iou, similarity] = runEagerly(
      (a, b) => {
        const overlap = generalisedOverlap(a as Tensor3D, b as Tensor3D);
        return [overlap.iou, overlap.similarity];
      },
      [boxesA, boxesB],
    );
    expect(iou!.data[0]).toBeCloseTo(1 / 3, 5);
    expect(iou!.data[1]).toBe(0);
    expect(iou!.data[2]).toBeCloseTo(4 / 64, 5);
    expect(similarity!.data[0]).toBeCloseTo(1 / 3, 5);
    // Apart: minus the empty share of the hull of 5 x 7.
    expect(similarity!.data[1]).toBeCloseTo(-(35 - 8) / 35, 5);
  });

  it('has the gradient of finite differences', () => {
    const loss: TensorFunction = (a, b) => generalisedOverlap(a as Tensor3D, b as Tensor3D).similarity;
    // Moved, as there is no gradient where edges coincide.
    const a = { ...boxesA, data: boxesA.data.map((value, index) => value + 0.1 * (index % 3) + 0.05) };
    checkGradient(loss, [a, boxesB]);
  });
});

describe('probabilisticOverlap', () => {
  const similarityOf = (a: number[], b: number[]) =>
    runEagerly(
      (x, y) => probabilisticOverlap(x as Tensor3D, y as Tensor3D).similarity,
      [turnedOf(a), turnedOf(b)],
    )[0]!.data[0]!;

  it('is near 1 for equal boxes, also when described the other way round', () => {
    const box = turned(5, 5, 8, 3, 0.4);
    expect(similarityOf(box, box)).toBeGreaterThan(0.99);
    expect(similarityOf(box, turned(5, 5, 3, 8, 0.4 + Math.PI / 2))).toBeGreaterThan(0.99);
    expect(similarityOf(box, turned(5, 5, 8, 3, 0.4 + Math.PI))).toBeGreaterThan(0.99);
  });

  it('falls with distance and with the angle between long boxes', () => {
    const box = turned(5, 5, 12, 3, 0);
    const values = [0.1, 0.4, 1].map((angle) => similarityOf(box, turned(5, 5, 12, 3, angle)));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(similarityOf(box, turned(60, 60, 12, 3, 0))).toBeLessThan(0.01);
  });

  it('has the gradient of finite differences', () => {
    const loss: TensorFunction = (a, b) => probabilisticOverlap(a as Tensor3D, b as Tensor3D).similarity;
    const a = turnedOf(turned(5, 5, 8, 3, 0.4), turned(4, 6, 4, 5, -0.9));
    const b = turnedOf(turned(6, 4.5, 7, 4, 0.8), turned(5, 5, 5, 4, 0.2));
    checkGradient(loss, [a, b], 3e-3);
  });
});

describe('elongationLoss', () => {
  const lossOf = (a: number[], b: number[]) =>
    runEagerly((x, y) => elongationLoss(x as Tensor3D, y as Tensor3D), [turnedOf(a), turnedOf(b)])[0]!
      .data[0]!;

  it('grows with the angle between, for long objects more than for nearly square ones', () => {
    const box = turned(5, 5, 12, 3, 0.3);
    const atAngle = (angle: number) => lossOf(turned(9, 9, 24, 6, 0.3 + angle), box);
    expect(atAngle(0)).toBeCloseTo(0, 6);
    expect(atAngle(Math.PI)).toBeCloseTo(0, 6);
    // Twice half the logarithm of 4, less the rounded foot.
    expect(atAngle(Math.PI / 2)).toBeCloseTo(Math.hypot(Math.log(4), 0.02) - 0.02, 5);
    const losses = [0.1, 0.4, 0.8, 1.2, Math.PI / 2].map(atAngle);
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    expect(lossOf(turned(5, 5, 10, 9, 0.3), turned(5, 5, 10, 9, 0.7))).toBeLessThan(0.1 * atAngle(0.4));
    // Of a cell without an object.
    expect(Number.isFinite(lossOf(box, [0, 0, 0, 0, 0, 0]))).toBe(true);
  });

  it('is the same for both descriptions of a box', () => {
    const box = turned(5, 5, 8, 3, 0.4);
    expect(lossOf(box, turned(5, 5, 3, 8, 0.4 + Math.PI / 2))).toBeCloseTo(0, 6);
  });

  it('has the gradient of finite differences', () => {
    const loss: TensorFunction = (a, b) => elongationLoss(a as Tensor3D, b as Tensor3D);
    const a = turnedOf(turned(5, 5, 8, 3, 0.4), turned(4, 6, 4, 5, -0.9));
    const b = turnedOf(turned(6, 4.5, 7, 4, 0.8), turned(5, 5, 5, 4, 0.2));
    checkGradient(loss, [a, b], 3e-3);
  });
});

describe('detectionLoss', () => {
  const classes: NumberArray = { shape: [1, 3, 2], data: Float32Array.of(1, 0, 0, 0, 0, 1) };
  const counted: NumberArray = { shape: [1, 3, 1], data: Float32Array.of(1, 0, 1) };
  const logits = numbers([1, 3, 2], 7, -2, 2);
  const loss: TensorFunction = (x, boxes, c, b, n) =>
    detectionLoss(
      { logits: x as Tensor3D, boxes: boxes as Tensor3D },
      { classes: c!, boxes: b!, counted: n! },
    );
  const inputs = [logits, boxesA, classes, boxesB, counted];

  it('ignores cells that do not count and the boxes of empty cells', () => {
    const changed = logits.data.slice();
    changed[2]! += 3;
    const moved = boxesA.data.slice();
    moved[4]! += 1;
    const other = [{ ...logits, data: changed }, { ...boxesA, data: moved }, ...inputs.slice(2)];
    expect(runEagerly(loss, other)[0]!.data[0]).toBeCloseTo(runEagerly(loss, inputs)[0]!.data[0]!, 6);
  });

  it('has the same value and gradients in a traced graph', async () => {
    const gradients: TensorFunction = (x, boxes, ...targets) => {
      const { value, grads } = tf.valueAndGrads((a, b) => loss(a!, b!, ...targets) as never)([x!, boxes!]);
      return [value, ...grads];
    };
    const shapes = inputs.map(({ shape }) => shape);
    const actual = await runGraph(recordFunction(gradients, shapes), inputs);
    const expected = runEagerly(gradients, inputs);
    expect(expected[2]!.data.some((value) => value !== 0)).toBe(true);
    for (const [index, array] of actual.entries()) {
      expect(largestError(array, expected[index]!)).toBeLessThan(1e-5);
    }
  });
});
