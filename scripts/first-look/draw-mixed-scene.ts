/*
 * Writes a scene of 16 tiles of 2560 x 2560 pixels as a tiled TIFF: 4 tiles with aircraft and 12 land-use photographs, continued
 * by their mirror images up to the size.
 *
 *   npx tsx scripts/first-look/draw-mixed-scene.ts data/aircraft/test.json data/land-use/test mixed.tif [seed]
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readAnnotations } from '../../datasets/annotations/read-annotations.js';
import { permutation, randomStream } from '../../src/base/random.js';

const side = 2560;
const across = 4;
const aircraftTiles = 4;
const groundKinds = ['field', 'forest', 'industry', 'river-lake'];

const [labels, landUse, out, seed = '1'] = process.argv.slice(2);
if (!labels || !landUse || !out) throw new Error('usage: draw-mixed-scene.ts LABELS LAND_USE OUT [SEED]');
const random = randomStream(Number(seed));
const { images } = await readAnnotations(labels);
const withObjects = images.filter(({ objects }) => objects.length > 0);
const aircraft = [...permutation(random, withObjects.length).subarray(0, aircraftTiles)].map(
  (index) => withObjects[index]!.path,
);
const ground = groundKinds.flatMap((kind) => {
  const names = readdirSync(join(landUse, kind)).sort();
  const chosen = permutation(random, names.length).subarray(
    0,
    (across ** 2 - aircraftTiles) / groundKinds.length,
  );
  return [...chosen].map((index) => join(landUse, kind, names[index]!));
});
const paths = [...aircraft, ...ground];
const places = permutation(random, paths.length);
const whole = new Uint8Array(3 * (across * side) ** 2);
for (const [index, path] of paths.entries()) {
  const [row, column] = [Math.floor(places[index]! / across), places[index]! % across];
  process.stdout.write(`${row},${column} ${path}\n`);
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let y = 0; y < side; y++) {
    const to = 3 * ((row * side + y) * across * side + column * side);
    const from = 3 * info.width * mirrored(y, info.height);
    for (let x = 0; x < side; x++) {
      const pixel = from + 3 * mirrored(x, info.width);
      whole.set(data.subarray(pixel, pixel + 3), to + 3 * x);
    }
  }
}
await sharp(whole, {
  raw: { width: across * side, height: across * side, channels: 3 },
  limitInputPixels: false,
})
  .tiff({ tile: true, tileWidth: 512, tileHeight: 512, compression: 'deflate', predictor: 'horizontal' })
  .toFile(out);

/** The index that `index` shows in a row of `length` continued by its mirror images. */
function mirrored(index: number, length: number): number {
  const inPeriod = index % (2 * length);
  return inPeriod < length ? inPeriod : 2 * length - 1 - inPeriod;
}
