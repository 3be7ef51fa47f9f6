import { describe, expect, it } from 'vitest';
import { drawErasing, erase } from '../../../datasets/augment/erasing.js';
import { randomStream } from '../../../src/base/random.js';

describe('random erasing', () => {
  it('happens with its probability', () => {
    const random = randomStream(1);
    const boxes = Array.from({ length: 1000 }, () => drawErasing(random, 50, 50, 0.25));
    const share = boxes.filter((box) => box !== undefined).length / 1000;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    expect(drawErasing(random, 50, 50, 0)).toBeUndefined();
  });

  it('replaces the box in every channel and nothing else', () => {
    const planes = { width: 5, height: 4, data: new Float32Array(60).fill(7) };
    const { data } = erase(planes, { left: 1, top: 2, width: 3, height: 2 }, randomStream(2));
    for (const [index, value] of data.entries()) {
      const [x, y] = [index % 5, Math.floor(index / 5) % 4];
      if (x >= 1 && x < 4 && y >= 2) expect(value).not.toBe(7);
      else expect(value).toBe(7);
    }
    expect(planes.data.every((value) => value === 7)).toBe(true);
  });
});
