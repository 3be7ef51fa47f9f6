import { describe, expect, it } from 'vitest';
import { normal, randomStream, uniform } from '../../src/base/random.js';
import type { Detections } from '../../src/boxes/detections.js';
import { selectDetections } from '../../src/boxes/detections.js';
import { voteBoxes } from '../../src/detect/box-voting.js';
import { suppress } from '../../src/detect/nms.js';
import { boxes, randomBoxes, turnedBoxes } from '../helpers/random-detections.js';

const vote = { iou: 0.5 };

/** The boxes of nine cells that find one object of 100 x 60 pixels, each off by some pixels, with almost equal scores. */
function cellsOfAnObject(seed: number): number[][] {
  const random = randomStream(seed);
  return Array.from({ length: 9 }, () => {
    const edges = [50, 40, 150, 100].map((edge) => edge + 4 * normal(random));
    return [...edges, uniform(random, 0.7, 0.72)];
  });
}

/** The most that an edge of the first box moves, in pixels, when scores change by up to a hundredth. */
function jump(find: (cells: Detections) => Detections, seed: number): number {
  const cells = cellsOfAnObject(seed);
  const random = randomStream(seed, 1);
  const nudged = cells.map(([a, b, c, d, score]) => [a!, b!, c!, d!, score! + uniform(random, -0.01, 0.01)]);
  const [before, after] = [find(boxes(...cells)).boxes, find(boxes(...nudged)).boxes];
  return Math.max(...[0, 1, 2, 3].map((edge) => Math.abs(before[edge]! - after[edge]!)));
}

const suppressed = (cells: Detections) => suppress(cells, { iou: 0.3 });
const voted = (cells: Detections) => voteBoxes(suppressed(cells), cells, vote);

describe('voteBoxes', () => {
  it('leaves a box alone that no other overlaps enough', () => {
    const alone = boxes([10, 10, 30, 40, 0.9], [200, 10, 230, 40, 0.8], [24, 10, 60, 40, 0.7]);
    const found = voteBoxes(alone, alone, vote);
    for (const [at, edge] of found.boxes.entries()) expect(edge).toBeCloseTo(alone.boxes[at]!, 5);
  });

  it('moves a box by the weights of score and overlap', () => {
    const cells = boxes([0, 0, 80, 10, 0.8], [20, 0, 100, 10, 0.4]);
    const overlap = (shift: number) => (80 - shift) / (80 + shift);
    let shift = 0;
    for (let round = 0; round < 3; round++) {
      const [own, other] = [0.8 * (overlap(shift) - 0.5), 0.4 * (overlap(20 - shift) - 0.5)];
      shift = (other * 20) / (own + other);
    }
    const found = voteBoxes(selectDetections(cells, [0]), cells, vote);
    expect(found.boxes[0]).toBeCloseTo(shift, 4);
    expect(found.boxes[2]).toBeCloseTo(80 + shift, 4);
    expect([found.boxes[1], found.boxes[3]]).toEqual([0, 10]);
  });

  it('hardly moves where scores change a little, when the box with the best score is another one', () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    // Suppression alone takes another box then, pixels away.
    expect(seeds.filter((seed) => jump(suppressed, seed) > 3).length).toBeGreaterThan(5);
    expect(Math.max(...seeds.map((seed) => jump(voted, seed)))).toBeLessThan(0.3);
  });

  it('is closer to the object than the best box alone', () => {
    const object = [50, 40, 150, 100];
    const error = (find: (cells: Detections) => Detections) => {
      const errors = Array.from({ length: 200 }, (_, seed) => {
        const found = find(boxes(...cellsOfAnObject(seed)));
        return Math.max(...object.map((edge, at) => Math.abs(found.boxes[at]! - edge)));
      });
      return errors.reduce((sum, value) => sum + value, 0) / errors.length;
    };
    expect(error(voted)).toBeLessThan(0.5 * error(suppressed));
  });

  it('keeps scores, classes and order, and any box within its voters', () => {
    const cells = randomBoxes(2000, { side: 600 });
    const kept = suppress(cells, { iou: 0.3, classAgnostic: true });
    const found = voteBoxes(kept, cells, vote);
    expect([found.count, found.scores, found.classes]).toEqual([kept.count, kept.scores, kept.classes]);
    expect(found.boxes.every((edge) => edge >= 0 && edge <= 660)).toBe(true);
    expect(found.boxes).not.toEqual(kept.boxes);
  });

  it('takes turned boxes by the nearest of their two directions', () => {
    const cells = turnedBoxes([50, 50, 60, 30, 0.1, 0.9], [50, 50, 60, 30, Math.PI + 0.2, 0.9]);
    const found = voteBoxes(selectDetections(cells, [0]), cells, vote);
    expect(found.angles![0]).toBeGreaterThan(0.1);
    expect(found.angles![0]).toBeLessThan(0.2);
    expect([...found.boxes]).toEqual([50, 50, 60, 30]);
  });

  it('works on nothing', () => {
    expect(voteBoxes(boxes(), boxes(), vote).count).toBe(0);
  });
});
