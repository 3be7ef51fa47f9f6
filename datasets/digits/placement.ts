import type { Random } from '../../src/base/random.js';
import type { Place } from './canvas.js';

/** Draws before the whole placement is begun anew: in a tight canvas the first patches may leave no room. */
const attemptsOfOne = 200;

/**
 * Places for square patches, uniform over the canvas, redrawn until none overlaps an earlier one.
 * @param side of the canvas, in pixels; must leave room for the patches
 * @param patch side of a patch, in pixels
 */
export function drawPlaces(random: Random, count: number, side: number, patch: number): Place[] {
  for (;;) {
    const places: Place[] = [];
    let attempts = 0;
    while (places.length < count && attempts++ < attemptsOfOne * count) {
      const place = drawPlace(random, side - patch);
      if (places.every((other) => !overlaps(place, other, patch))) places.push(place);
    }
    if (places.length === count) return places;
  }
}

function drawPlace(random: Random, range: number): Place {
  return { top: Math.round(random() * range), left: Math.round(random() * range) };
}

function overlaps(a: Place, b: Place, patch: number): boolean {
  return Math.abs(a.top - b.top) < patch && Math.abs(a.left - b.left) < patch;
}
