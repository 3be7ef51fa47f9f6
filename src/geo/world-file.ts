import type { Affine } from './affine.js';

/**
 * A world file: six numbers, a line each, that take the centres of pixels to coordinates.
 * @returns undefined for anything else
 */
export function readWorldFile(text: string): Affine | undefined {
  const numbers = text
    .trim()
    .split(/\s+/)
    .slice(0, 6)
    .map((word) => Number(word.replace(',', '.')));
  if (numbers.length < 6 || !numbers.every(Number.isFinite)) return undefined;
  const [a, d, b, e, x, y] = numbers as [number, number, number, number, number, number];
  if (a * e - b * d === 0) return undefined;
  return { a, b, c: x - (a + b) / 2, d, e, f: y - (d + e) / 2 };
}
