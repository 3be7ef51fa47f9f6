/**
 * Runs a classifier over images of changing sizes and a detector over tiles, and prints the memory of this process after each
 * tenth of the calls, the means of the first and last third, and the slope: `npx tsx scripts/library-memory.ts
 * [--classify 2000] [--detect 300] [--model land-use] [--detector aircraft] [--threads 1]`
 *
 * Sizes are drawn from more than the sessions that are kept, so that sessions are opened and closed all along. Ends with exit code
 * 1 when the last third is more than a tenth above the second.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { integer, randomStream } from '../src/base/random.js';
import { loadDetector, loadModel } from '../src/detect/load.js';

const { values } = parseArgs({
  options: {
    classify: { type: 'string', default: '2000' },
    detect: { type: 'string', default: '300' },
    model: { type: 'string', default: 'land-use' },
    detector: { type: 'string', default: 'aircraft' },
    threads: { type: 'string', default: '1' },
  },
});
const threads = Number(values.threads);
const random = randomStream(7);

/** Megabytes of this process, threads included. */
function resident(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

interface Figures {
  readonly first: number;
  readonly second: number;
  readonly last: number;
  /** Megabytes for a hundred calls, by least squares over the last two thirds. */
  readonly slope: number;
}

function figuresOf(samples: readonly number[]): Figures {
  const third = Math.ceil(samples.length / 3);
  const mean = (part: readonly number[]) => part.reduce((sum, each) => sum + each, 0) / part.length;
  const late = samples.slice(third);
  const middle = (late.length - 1) / 2;
  const rise = late.reduce((sum, each, index) => sum + (index - middle) * each, 0);
  const spread = late.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return {
    first: mean(samples.slice(0, third)),
    second: mean(samples.slice(third, 2 * third)),
    last: mean(samples.slice(2 * third)),
    slope: (100 * rise) / spread,
  };
}

async function measure(
  name: string,
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<void> {
  const samples: number[] = [];
  for (let index = 0; index < count; index++) {
    await call(index);
    samples.push(resident());
  }
  const figures = figuresOf(samples);
  const rounded = Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [key, Number(value.toFixed(1))]),
  );
  process.stdout.write(`${JSON.stringify({ figure: 'memory', name, calls: count, megabytes: rounded })}\n`);
  if (figures.last > 1.1 * figures.second) process.exitCode = 1;
}

const sides = [64, 96, 128, 160, 192, 224];
const side = () => sides[integer(random, sides.length)]!;

if (Number(values.classify) > 0) {
  const model = await loadModel(values.model, { threads });
  await measure('classify', Number(values.classify), async () => {
    const [width, height] = [side() + integer(random, 16), side() + integer(random, 16)];
    const data = Uint8Array.from({ length: 3 * width * height }, () => integer(random, 256));
    const image = await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    return model.classify(image, { fullResolution: true });
  });
  await model.close();
}
if (Number(values.detect) > 0) {
  const detector = await loadDetector(values.detector, { threads });
  await measure('detect', Number(values.detect), () => {
    const [width, height] = [side(), side()];
    return detector.detect({
      data: new Uint8Array(3 * width * height).fill(integer(random, 256)),
      width,
      height,
    });
  });
  await detector.close();
}
