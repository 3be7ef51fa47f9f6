import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelWish, Rectangle } from '../../../server/browser/viewer/label-layout.js';
import { placeLabels } from '../../../server/browser/viewer/label-layout.js';

const stage = { width: 400, height: 300 };

const wishes = fc.array(
  fc.record({
    box: fc
      .tuple(fc.integer({ min: -80, max: 420 }), fc.integer({ min: -80, max: 320 }), fc.nat(200), fc.nat(200))
      .map(([left, top, width, height]) => ({ left, top, right: left + width, bottom: top + height })),
    width: fc.integer({ min: 20, max: 160 }),
    isNeeded: fc.constant(false),
  }),
  { maxLength: 60 },
);

function isInside({ left, top, right, bottom }: Rectangle): boolean {
  return left >= 0 && top >= 0 && right <= stage.width && bottom <= stage.height;
}

function areApart(places: readonly Rectangle[]): boolean {
  return places.every((a, index) =>
    places
      .slice(index + 1)
      .every((b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top),
  );
}

describe('labels', () => {
  it('never overlap or leave the stage', () => {
    fc.assert(
      fc.property(wishes, (some) => {
        const places = placeLabels(some, stage).filter((place) => place !== undefined);
        return places.every(isInside) && areApart(places);
      }),
    );
  });

  it('stand above their box, below it where there is no room, and inside a box as high as the stage', () => {
    const at = (top: number, bottom: number): LabelWish => ({
      box: { left: 50, top, right: 150, bottom },
      width: 60,
      isNeeded: false,
    });
    expect(placeLabels([at(100, 140)], stage)[0]).toEqual({ left: 50, top: 83, right: 110, bottom: 100 });
    expect(placeLabels([at(5, 140)], stage)[0]).toMatchObject({ top: 140 });
    expect(placeLabels([at(-20, 310)], stage)[0]).toMatchObject({ top: 0 });
  });

  it('give way to better ones, but for that of the selected object', () => {
    const wish = { box: { left: 0, top: 17, right: 400, bottom: 283 }, width: 400, isNeeded: false };
    const [first, second, third, fourth] = placeLabels([wish, wish, wish, wish], stage);
    expect([first, second, third].map((place) => place?.top)).toEqual([0, 283, 17]);
    expect(fourth).toBeUndefined();
    expect(placeLabels([wish, { ...wish, isNeeded: true }], { width: 400, height: 34 })[1]).toBeDefined();
    const far = { left: 900, top: 10, right: 990, bottom: 40 };
    const [moved] = placeLabels([{ box: far, width: 80, isNeeded: true }], stage);
    expect(moved && isInside(moved)).toBe(true);
  });
});
