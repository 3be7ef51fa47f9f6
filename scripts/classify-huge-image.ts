/**
 * Measures the memory that classifying an image much larger than memory limits takes.
 *
 * Makes a 30000 x 20000 image (600 megapixels, 1.8 GB of pixels) as TIFF and as JPEG, and classifies both at full
 * resolution with a model of known behaviour or, with --model, a real one. Needs 2 GB of disk.
 *
 *     npx tsx scripts/classify-huge-image.ts [--model land-use] [--width 30000] [--height 20000]
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { exampleImage } from '../src/base/example-image.js';
import { ImageClassifier } from '../src/classify/classifier.js';
import { loadModel } from '../src/detect/load.js';
import { standInParts } from '../test/helpers/stand-in-runner.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    width: { type: 'string', default: '30000' },
    height: { type: 'string', default: '20000' },
  },
});
const [width, height] = [Number(values.width), Number(values.height)];
sharp.cache(false);

/** Highest resident memory of this process so far, in MiB. */
function peakMemory(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

/** The example photograph, repeated to the size wanted; libvips writes it strip by strip. */
async function writeHuge(path: string): Promise<void> {
  const image = sharp({
    create: { width, height, channels: 3, background: 'black' },
    limitInputPixels: false,
  });
  const tiled = image.composite([{ input: exampleImage(), tile: true }]);
  await (path.endsWith('.tif') ? tiled.tiff({ tile: true, compression: 'lzw' }) : tiled.jpeg()).toFile(path);
}

const folder = await mkdtemp(join(tmpdir(), 'huge-'));
try {
  const model = values.model ? await loadModel(values.model) : new ImageClassifier(standInParts());
  for (const name of ['huge.tif', 'huge.jpg']) {
    const path = join(folder, name);
    await writeHuge(path);
    const megabytes = Math.round((await stat(path)).size / 1e6);
    const before = peakMemory();
    const { labels, tiles, seconds } = await model.classify(path);
    console.log(
      `${name}: ${width} x ${height} pixels, ${megabytes} MB; ${tiles} tiles, ${seconds.toFixed(1)} s, ` +
        `${labels[0]!.label} ${labels[0]!.score.toFixed(3)}; peak memory ${before} MiB before, ${peakMemory()} MiB after`,
    );
  }
  await model.close();
} finally {
  await rm(folder, { recursive: true });
}
