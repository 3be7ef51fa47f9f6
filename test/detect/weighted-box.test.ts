import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quadrilateral } from '../../src/boxes/annotations.js';
import type { Detections } from '../../src/boxes/detections.js';
import { cornersOf } from '../../src/boxes/detections.js';
import { orientedIou } from '../../src/boxes/oriented-iou.js';
import { voteBoxes } from '../../src/detect/box-voting.js';
import { fuseBoxes } from '../../src/detect/wbf.js';
import { turnedBoxes } from '../helpers/random-detections.js';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** The same rectangle, turned by quarter turns with its sides swapped as often. */
function rewritten([x, y, length, breadth, angle, score]: number[], quarters: number): number[] {
  const sides = quarters % 2 === 0 ? [length!, breadth!] : [breadth!, length!];
  return [x!, y!, ...sides, angle! + (quarters * Math.PI) / 2, score!];
}

const corners = (found: Detections, index = 0) => cornersOf(found, index) as unknown as Quadrilateral;

const averages: Record<string, (found: Detections) => Detections> = {
  voteBoxes: (found) => voteBoxes({ ...found, count: 1 }, found, { iou: 0.5 }),
  fuseBoxes: (found) => fuseBoxes(found, { iou: 0.5 }),
};

describe.each(Object.entries(averages))('the mean that %s makes of turned boxes', (_name, average) => {
  it('of three near-squares around 45 degrees is the near-square', () => {
    const degree = Math.PI / 180;
    const found = average(
      turnedBoxes(
        [50, 50, 40, 39, 44 * degree, 0.9],
        [50, 50, 40, 39, -44 * degree, 0.8],
        [50, 50, 40, 39, 46 * degree, 0.7],
      ),
    );
    expect(found.count).toBe(1);
    const truth = turnedBoxes([50, 50, 39.5, 39.5, 45 * degree, 1]);
    expect(orientedIou(corners(found), corners(truth))).toBeGreaterThan(0.97);
  });

  it('does not depend on which of its four ways each box is written in', () => {
    const box = fc.tuple(
      number(-2, 2),
      number(-2, 2),
      number(0.9, 1.1),
      number(0.9, 1.1),
      number(-0.2, 0.2),
      number(0.5, 1),
    );
    const ways = fc.array(fc.tuple(box, fc.integer({ min: -3, max: 3 })), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(number(20, 60), number(0.3, 1), number(-3, 3), ways, (length, shape, angle, drawn) => {
        const plain = drawn
          .map(([[dx, dy, sx, sy, turn, score]]) => [
            dx,
            dy,
            length * sx,
            length * shape * sy,
            angle + shape * turn,
            score,
          ])
          .sort((a, b) => b[5]! - a[5]!);
        const turned = plain.map((one, index) => rewritten(one, drawn[index]![1]));
        const [expected, found] = [average(turnedBoxes(...plain)), average(turnedBoxes(...turned))];
        expect(found.count).toBe(expected.count);
        for (let index = 0; index < found.count; index++) {
          expect(orientedIou(corners(found, index), corners(expected, index))).toBeGreaterThan(0.999);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
