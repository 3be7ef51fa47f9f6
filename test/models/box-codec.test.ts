import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeOrientedBoxes } from '../../models/detection/box-codec.js';
import type { Tensor, Tensor3D, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { detectionLoss } from '../../src/train/detection/losses/detection-loss.js';

const stride = 8;

/** The box of a single cell. @param raw five numbers */
function decode(raw: readonly number[]): number[] {
  return tf.tidy(() =>
    Array.from(decodeOrientedBoxes(tf.tensor4d([...raw], [1, 1, 1, 5]), stride).dataSync()),
  );
}

/** [x, y, length, breadth, angle] as the loss takes it. */
const turned = ([x, y, length, breadth, angle]: readonly [number, number, number, number, number]) => [
  x,
  y,
  length,
  breadth,
  Math.cos(2 * angle),
  Math.sin(2 * angle),
];

/** Slopes of the detection loss of single cells over their five numbers, the scores left alone. */
function slopesOf(raw: readonly (readonly number[])[], targets: readonly (readonly number[])[]): number[][] {
  const cells = raw.length;
  const slopes = tf.tidy(() => {
    const wanted = {
      classes: tf.ones([1, cells, 1]),
      boxes: tf.tensor3d(targets.flat(), [1, cells, 6]),
      counted: tf.zeros([1, cells, 1]),
    };
    const logits = tf.zeros([1, cells, 1]) as Tensor3D;
    const loss = (x: Tensor) => {
      // All in the place of the first cell.
      const boxes = tf.reshape(decodeOrientedBoxes(x as Tensor4D, stride), [1, cells, 6]) as Tensor3D;
      return tf.mul(detectionLoss({ logits, boxes }, wanted), cells);
    };
    return tf
      .grad(loss)(tf.tensor4d(raw.flat(), [cells, 1, 1, 5]))
      .dataSync();
  });
  return raw.map((_, cell) => Array.from(slopes.subarray(5 * cell, 5 * cell + 5)));
}

const angles = [-1.5, -0.9, -0.2, 0, 0.4, Math.PI / 4, 1.2];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('decodeOrientedBoxes', () => {
  it('finds every box from its centre, its side and its elongation', () => {
    for (const angle of angles) {
      const [length, breadth] = [30, 13];
      const half = Math.log(length / breadth) / 2;
      const side = Math.log(Math.sqrt(length * breadth) / stride);
      const decoded = decode([0.5, -0.25, side, half * Math.cos(2 * angle), half * Math.sin(2 * angle)]);
      const expected = turned([4 + 4, 4 - 2, length, breadth, angle]);
      for (const [at, value] of expected.entries()) expect(decoded[at]).toBeCloseTo(value, 3);
    }
  });

  it('stays finite for any prediction', () => {
    for (const raw of [
      [0, 0, 0, 0, 0],
      [1e3, -1e3, 1e3, 1e3, -1e3],
      [0, 0, -1e3, 0, 1e3],
    ]) {
      expect(decode(raw).every(Number.isFinite), String(raw)).toBe(true);
      const [slope] = slopesOf([raw], [turned([4, 4, 30, 13, 1])]);
      expect(slope!.every(Number.isFinite), String(raw)).toBe(true);
    }
  });

  it('is led from a square straight to any angle, with a slope that does not hang on how near to the square it is', () => {
    const side = Math.log(20 / stride);
    for (const radius of [1e-4, 1e-2, 0.1]) {
      const directions = angles.map((angle) => [Math.cos(2 * angle), Math.sin(2 * angle)] as const);
      // From a little off the square, on the side away from the target: the worst place to be.
      const from = directions.map(([cosine, sine]) => [0, 0, side, -radius * cosine, -radius * sine]);
      const slopes = slopesOf(
        from,
        angles.map((angle) => turned([4, 4, 30, 13, angle])),
      );
      for (const [at, [cosine, sine]] of directions.entries()) {
        const [, , , p, q] = slopes[at]!;
        const towards = -(p! * cosine + q! * sine);
        expect(towards).toBeGreaterThan(0.5);
        expect(towards).toBeLessThan(5);
        expect(Math.abs(p! * sine - q! * cosine)).toBeLessThan(0.01);
      }
    }
  });

  it('reaches boxes of every angle by descent from the first box', () => {
    const targets = angles.map((angle) => turned([6, 3, 30, 13, angle]));
    let raw = angles.map(() => [0, 0, Math.log(3), 0, 0]);
    for (let step = 0; step < 150; step++) {
      const slopes = slopesOf(raw, targets);
      raw = raw.map((values, cell) => values.map((value, at) => value - 0.03 * slopes[cell]![at]!));
    }
    for (const [cell, target] of targets.entries()) {
      const [, , length, breadth, cosine, sine] = decode(raw[cell]!);
      expect(length! / breadth!).toBeGreaterThan(1.8);
      expect(cosine! * target[4]! + sine! * target[5]!).toBeGreaterThan(0.99);
    }
  });
});
