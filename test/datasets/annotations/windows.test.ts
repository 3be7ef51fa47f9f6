import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedIndices, repeatFactors } from '../../../datasets/annotations/class-balance.js';
import { visibleObjects } from '../../../datasets/annotations/visible-objects.js';
import { edgesOf, trainingWindows, windowStarts, windowsOf } from '../../../datasets/annotations/windows.js';
import { randomStream } from '../../../src/base/random.js';
import type { AnnotatedObject, BoxEdges } from '../../../src/boxes/annotations.js';
import { boxArea, intersectBoxes } from '../../../src/boxes/annotations.js';

const side = fc.integer({ min: 1, max: 700 });
const coordinate = fc.integer({ min: -50, max: 750 });
const anyBox = fc
  .tuple(coordinate, coordinate, fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }))
  .map(([x, y, w, h]) => [x, y, x + w, y + h] as BoxEdges);

describe('windowStarts', () => {
  it('covers the side with windows of full length that overlap as asked', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 300 }), (length, window, overlap) => {
        fc.pre(overlap < window);
        const starts = windowStarts(length, window, overlap);
        expect(starts[0]).toBe(0);
        expect(starts.at(-1)! + Math.min(window, length)).toBe(length);
        for (let at = 1; at < starts.length; at++) {
          expect(starts[at]!).toBeGreaterThan(starts[at - 1]!);
          expect(starts[at - 1]! + window - starts[at]!).toBeGreaterThanOrEqual(overlap);
        }
      }),
      { seed: 1 },
    );
  });

  it('shows every object no larger than the overlap whole in at least one window', () => {
    const options = { width: 64, height: 96, overlap: 20 };
    const corner = fc.nat({ max: 480 });
    fc.assert(
      fc.property(corner, corner, fc.integer({ min: 1, max: 20 }), (x, y, size) => {
        const box: BoxEdges = [x, y, x + size, y + size];
        const windows = windowsOf({ path: 'a', width: 500, height: 500, objects: [] }, options);
        const whole = windows.some(({ window }) => {
          return boxArea(intersectBoxes(box, edgesOf(window))) === boxArea(box);
        });
        expect(whole).toBe(true);
      }),
      { seed: 1 },
    );
  });
});

describe('visibleObjects', () => {
  const window: BoxEdges = [100, 100, 200, 200];

  it('keeps objects with 0.7 of their area inside, ignores other visible ones, and cuts boxes', () => {
    const all = [
      { box: [170, 120, 210, 140], label: 1 }, // 30 of 40 columns inside
      { box: [180, 120, 220, 140], label: 2 }, // half
      { box: [250, 120, 260, 140], label: 3 }, // outside
      { box: [110, 110, 120, 120], label: 4, crowd: true },
      { box: [110, 110, 120, 120], label: 5, difficult: true },
    ] as const;
    expect(visibleObjects(all, window)).toEqual({
      objects: [{ box: [170, 120, 200, 140], label: 1 }],
      ignored: [
        [180, 120, 200, 140],
        [110, 110, 120, 120],
        [110, 110, 120, 120],
      ],
    });
  });

  it('measures oriented objects by their own area, not that of the box around them', () => {
    // A diamond around (100, 150): half of it inside; its upper right half moved in: all but a corner.
    const diamond = (x: number): AnnotatedObject => ({
      box: [x - 20, 130, x + 20, 170],
      polygon: [x, 130, x + 20, 150, x, 170, x - 20, 150],
      label: 0,
    });
    expect(visibleObjects([diamond(100)], window).objects).toEqual([]);
    // 8 of 40 columns of the box are outside, but only 0.08 of the diamond.
    const [kept] = visibleObjects([diamond(112)], window, { keptShare: 0.9 }).objects;
    expect(kept).toEqual({ ...diamond(112), box: [100, 130, 132, 170] });
  });

  it('drops boxes without area and objects outside, and never leaves the window', () => {
    fc.assert(
      fc.property(fc.array(anyBox), (boxes) => {
        const all = boxes.map((box, label) => ({ box, label }));
        const { objects, ignored } = visibleObjects(all, window);
        const visible = boxes.filter((box) => boxArea(intersectBoxes(box, window)) > 0);
        expect(objects.length + ignored.length).toBe(visible.length);
        for (const box of [...objects.map((object) => object.box), ...ignored]) {
          expect(boxArea(box)).toBeGreaterThan(0);
          expect(intersectBoxes(box, window)).toEqual(box);
        }
        for (const { box, label } of objects) {
          expect(boxArea(box)).toBeGreaterThanOrEqual(0.7 * boxArea(boxes[label]!));
        }
      }),
      { seed: 1 },
    );
  });

  it('ignores what gets too thin to be learned', () => {
    const all = [{ box: [110, 110, 111, 150], label: 0 }] as const;
    expect(visibleObjects(all, window, { shortest: 2 })).toEqual({
      objects: [],
      ignored: [[110, 110, 111, 150]],
    });
  });
});

describe('trainingWindows', () => {
  const image = {
    path: 'a',
    width: 400,
    height: 100,
    objects: [{ box: [10, 10, 30, 30], label: 0 }],
  } as const;
  const options = { width: 100, height: 100, overlap: 0 };

  it('keeps a share of the windows without objects', () => {
    const kept = (keepEmpty: number) =>
      trainingWindows({ labels: ['car'], images: [image] }, { ...options, keepEmpty }).map(
        ({ window }) => window.left,
      );
    expect(kept(1)).toEqual([0, 100, 200, 300]);
    expect(kept(0)).toEqual([0]);
    expect(kept(0.5)).toEqual([0, 100, 300]);
  });

  it('takes an image smaller than a window whole', () => {
    const small = { ...image, width: 60, height: 40 };
    expect(trainingWindows({ labels: ['car'], images: [small] }, options)).toEqual([
      { image: small, window: { left: 0, top: 0, width: 60, height: 40 } },
    ]);
  });
});

describe('class balance', () => {
  it('repeats windows of rare classes by sqrt(threshold / share), LVIS appendix B.2', () => {
    const labels = [[0, 0, 1], [0], [0], [], ...Array.from({ length: 12 }, () => [0])];
    const factors = repeatFactors(labels, 0.25);
    expect(factors[0]).toBeCloseTo(Math.sqrt(0.25 / (1 / 16)), 12);
    expect(factors.slice(1).every((factor) => factor === 1)).toBe(true);
  });

  it('shows a window as often as its factor says, on average', () => {
    const random = randomStream(3);
    let shown = 0;
    for (let epoch = 0; epoch < 2000; epoch++) shown += repeatedIndices([1, 2.25], random).length;
    expect(shown / 2000).toBeCloseTo(3.25, 1);
    expect(repeatedIndices([1, 2, 3], random)).toEqual([0, 1, 1, 2, 2, 2]);
  });
});
