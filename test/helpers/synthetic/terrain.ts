import type { Box } from '../../../src/boxes/box.js';

/** One scale of the ground's structure: pixels between lattice points, and its share of the whole. */
interface Octave {
  readonly period: number;
  readonly share: number;
}

const shade: readonly Octave[] = [
  { period: 160, share: 0.45 },
  { period: 37, share: 0.35 },
  { period: 9, share: 0.2 },
];
const cover: readonly Octave[] = [{ period: 420, share: 1 }];

/** Between these the ground changes over hundreds of pixels: grass and bare soil, RGB 0 to 255. */
const grass = [74, 92, 58] as const;
const soil = [150, 136, 112] as const;

/** A number of [0, 1) that depends on nothing but its three integers. */
export function hash(x: number, y: number, seed: number): number {
  let state = Math.imul(x ^ Math.imul(y, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(seed, 0xc2b2ae35);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
  return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
}

/** Adds one octave of value noise, bilinear between lattice points, to a row of values. */
function addOctave(
  row: Float32Array,
  left: number,
  y: number,
  { period, share }: Octave,
  seed: number,
): void {
  const [top, v] = [Math.floor(y / period), (y % period) / period];
  const at = (column: number) => (1 - v) * hash(column, top, seed) + v * hash(column, top + 1, seed);
  let column = Math.floor(left / period);
  let [from, to] = [at(column), at(column + 1)];
  for (let index = 0; index < row.length; index++) {
    const x = left + index;
    if (x >= (column + 1) * period) {
      column++;
      [from, to] = [to, at(column + 1)];
    }
    row[index]! += share * (from + ((x - column * period) / period) * (to - from));
  }
}

function noiseRow(
  row: Float32Array,
  left: number,
  y: number,
  octaves: readonly Octave[],
  seed: number,
): void {
  row.fill(0);
  for (const [index, octave] of octaves.entries()) addOctave(row, left, y, octave, seed + index);
}

/**
 * Ground as seen from above: patches of grass and soil, shading at three scales, and grain.
 * Every pixel depends on its place and the seed alone, so that any cut of the scene gives the same pixels.
 * @returns [height, width, 3] of the box
 */
export function paintTerrain({ left, top, width, height }: Box, seed: number): Uint8Array {
  const data = new Uint8Array(3 * width * height);
  const [shades, covers] = [new Float32Array(width), new Float32Array(width)];
  for (let y = 0; y < height; y++) {
    noiseRow(shades, left, top + y, shade, seed);
    noiseRow(covers, left, top + y, cover, seed + 100);
    for (let x = 0; x < width; x++) {
      const grain = hash(left + x, top + y, seed + 200) - 0.5;
      const light = 0.7 + 0.6 * shades[x]! + 0.12 * grain;
      const [share, at] = [covers[x]!, 3 * (y * width + x)];
      data[at] = light * (grass[0] + share * (soil[0] - grass[0]));
      data[at + 1] = light * (grass[1] + share * (soil[1] - grass[1]));
      data[at + 2] = light * (grass[2] + share * (soil[2] - grass[2]));
    }
  }
  return data;
}
