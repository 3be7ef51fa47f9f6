import { relative } from 'node:path';
import { pino } from 'pino';
import { PortInUseError } from '../../../server/http/listen.js';
import { defaultLimits } from '../../../server/limits.js';
import { ThreadedModel } from '../../../server/models/threaded-model.js';
import type { ImageClassifier } from '../../classifier.js';
import { exampleImage } from '../../example-image.js';
import { drawAttention } from '../../image/attention-overlay.js';
import { loadModel } from '../../model.js';
import { writeOverlay } from '../overlay-files.js';
import { sceneSettings } from '../scene-settings.js';
import { defaultBatching, defaultPort } from '../serve.js';
import type { StartFlags } from '../start.js';
import { detectExample, exampleDetector } from './example-scene.js';
import { runServer } from './run-server.js';

const overlayPath = 'output/munich-avenue-attention.png';

/** Classifies the example, finds the vehicles in it, says what came of it, and serves until a signal. */
export async function start({ port, ...flags }: StartFlags): Promise<void> {
  const model = await loadModel(flags.model, flags);
  await showExample(model).finally(() => model.close());
  print(await detectExample(flags));
  await serveSomewhere({ port, ...flags });
}

/** Takes another port only where the person has not asked for one. */
async function serveSomewhere({ port, ...flags }: StartFlags): Promise<void> {
  try {
    await serve(port ?? defaultPort, flags);
  } catch (error) {
    if (port !== undefined || !(error instanceof PortInUseError)) throw error;
    process.stdout.write(`Port ${defaultPort} is in use, so here is a free one; set PORT to choose.\n`);
    await serve(0, flags);
  }
}

async function showExample(model: ImageClassifier): Promise<void> {
  const image = exampleImage();
  const result = await model.classify(image, { attention: true, topK: 3 });
  const [best, ...others] = result.labels;
  const rest = others.map(({ label, score }) => `${label} ${score.toFixed(2)}`).join(', ');
  const peak = process.resourceUsage().maxRSS / 1024;
  const lines = [
    ['Image', `${relative('', image)}, ${result.width} x ${result.height} pixels, all of them seen`],
    ['Label', `${best!.label}, score ${best!.score.toFixed(2)} (${rest})`],
    ['Time', `${result.seconds.toFixed(2)} s`],
    ['Peak memory', `${peak.toFixed(0)} MiB`],
  ];
  if (result.attention) {
    await writeOverlay(overlayPath, await drawAttention(image, result.attention));
    lines.push(['Attention', `${overlayPath}: where the global token looked`]);
  }
  print(lines);
}

function print(lines: readonly string[][]): void {
  for (const [name, value] of lines) process.stdout.write(`${name!.padEnd(12)} ${value}\n`);
}

function serve(port: number, flags: Omit<StartFlags, 'port'>): Promise<void> {
  const logger = pino({ level: 'warn', base: undefined }, pino.destination(2));
  const { device, threads } = flags;
  const models = [flags.model, exampleDetector].map(
    (model) => () => ThreadedModel.load({ model, device, threads, batching: defaultBatching }),
  );
  const scenes = sceneSettings({ port, device, threads });
  const options = { port, host: '127.0.0.1', limits: defaultLimits, logger, models, scenes };
  return runServer(options, (url) => {
    process.stdout.write(
      `Listening on ${url}: open it in a browser, or\n  curl --data-binary @image.jpg -H 'Content-Type: image/jpeg' ${url}/v1/classify\n`,
    );
  });
}
