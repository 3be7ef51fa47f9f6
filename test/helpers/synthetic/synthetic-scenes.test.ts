import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { BoxEdges } from '../../../src/boxes/annotations.js';
import { intersectBoxes } from '../../../src/boxes/annotations.js';
import { rotatedBoxOf } from '../../../src/boxes/rotated-box.js';
import { SyntheticScene } from './synthetic-scenes.js';
import { writeSceneTiff } from './write-tiff.js';

const size = { width: 400, height: 300 };
const whole = { left: 0, top: 0, ...size };

it('draws the same pixels whatever the pieces', () => {
  const scene = new SyntheticScene({ ...size, seed: 5, density: 0.8 });
  const all = scene.read(whole);
  const piece = fc.tuple(fc.nat(399), fc.nat(299), fc.nat(120), fc.nat(120)).map(([left, top, w, h]) => {
    return { left, top, width: Math.min(1 + w, 400 - left), height: Math.min(1 + h, 300 - top) };
  });
  fc.assert(
    fc.property(piece, (box) => {
      const cut = scene.read(box);
      for (let y = 0; y < box.height; y++) {
        const start = 3 * ((box.top + y) * 400 + box.left);
        const row = cut.subarray(3 * y * box.width, 3 * (y + 1) * box.width);
        expect(Buffer.compare(row, all.subarray(start, start + 3 * box.width))).toBe(0);
      }
    }),
    { seed: 1, numRuns: 40 },
  );
});

it('has exact boxes: pixels changed by an object touch all four edges of its box and none lie outside', () => {
  for (const turned of [true, false]) {
    const options = { ...size, seed: 9, turned };
    const scene = new SyntheticScene({ ...options, density: 0.9, colour: [255, 0, 255] });
    const [drawn, bare] = [scene.read(whole), new SyntheticScene({ ...options, density: 0 }).read(whole)];
    const objects = scene.objectsIn();
    expect(objects.length).toBeGreaterThan(5);
    const inside = new Uint8Array(400 * 300);
    for (const { box } of objects) {
      const [left, top, right, bottom] = box.map((edge, index) =>
        index < 2 ? Math.floor(edge) : Math.ceil(edge),
      );
      const changed: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let y = top!; y < bottom!; y++) {
        for (let x = left!; x < right!; x++) {
          inside[y * 400 + x] = 1;
          if (drawn[3 * (y * 400 + x)] === bare[3 * (y * 400 + x)]) continue;
          changed[0] = Math.min(changed[0], x);
          changed[1] = Math.min(changed[1], y);
          changed[2] = Math.max(changed[2], x + 1);
          changed[3] = Math.max(changed[3], y + 1);
        }
      }
      for (const edge of [0, 1, 2, 3]) expect(Math.abs(changed[edge]! - box[edge]!)).toBeLessThan(1.5);
    }
    const outside = inside.filter((isInside, at) => !isInside && drawn[3 * at] !== bare[3 * at]);
    expect(outside.length).toBe(0);
  }
});

it('keeps objects apart and within the scene, upright boxes at right angles', () => {
  const scene = new SyntheticScene({ width: 2000, height: 1000, seed: 2, density: 1, turned: false });
  const objects = scene.objectsIn();
  expect(new Set(objects.map(({ label }) => label))).toEqual(new Set([0, 1]));
  for (const [index, { box, polygon }] of objects.entries()) {
    expect(intersectBoxes(box, [0, 0, 2000, 1000])).toEqual(box);
    expect(Math.abs(Math.sin(2 * rotatedBoxOf(polygon!).angle))).toBeLessThan(1e-9);
    for (const other of objects.slice(index + 1)) {
      const [left, top, right, bottom] = intersectBoxes(box, other.box) as BoxEdges;
      expect(left >= right || top >= bottom).toBe(true);
    }
  }
});

it('depends on its seed', () => {
  const read = (seed: number) => new SyntheticScene({ ...size, seed }).read(whole);
  expect(Buffer.compare(read(1), read(1))).toBe(0);
  expect(Buffer.compare(read(1), read(2))).not.toBe(0);
});

it('is written as a tiled TIFF that an image library reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vil-scene-'));
  const path = join(folder, 'scene.tif');
  const scene = new SyntheticScene({ ...size, seed: 3 });
  await writeSceneTiff(scene, path, {
    side: 128,
    location: { epsg: 32631, origin: [5e5, 4e6], pixelSize: 0.5 },
  });
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 400, height: 300, channels: 3 });
  expect(Buffer.compare(data, scene.read(whole))).toBe(0);
  await rm(folder, { recursive: true });
});
