import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pino } from 'pino';
import { PortInUseError } from '../../../server/http/listen.js';
import { defaultLimits } from '../../../server/limits.js';
import { withHeader } from '../../../server/models/encoded.js';
import { loadHosted } from '../../../server/models/hosted-model.js';
import type { LoadModel } from '../../../server/models/registry.js';
import type { ServedModel } from '../../../server/models/served-model.js';
import { does } from '../../../server/models/served-model.js';
import { UserError } from '../../base/errors.js';
import { exampleImage } from '../../base/example-image.js';
import { writeOverlay } from '../overlay-files.js';
import { runServer } from '../run-server.js';
import { sceneSettings } from '../scene-settings.js';
import { defaultBatching, defaultPort } from '../serve/defaults.js';
import { detectExample, exampleDetector } from './example-scene.js';
import type { StartFlags } from './flags.js';

const overlayPath = 'output/munich-avenue-attention.png';

/** Classifies the example, finds the vehicles in it, says what came of it, and serves the same models until a signal. */
export async function start({ port, model, device, threads }: StartFlags): Promise<void> {
  const loadersOf = (name: string) =>
    loadedOnce((signal) =>
      loadHosted({ model: name, device, threads, batching: defaultBatching }, undefined, signal),
    );
  const [classifier, detector] = [loadersOf(model), loadersOf(exampleDetector)];
  try {
    await showExample(await classifier.first());
    print(await detectExample(await detector.first()));
    await serveSomewhere({ port, model, device, threads }, [classifier.load, detector.load]);
  } finally {
    await Promise.all([classifier, detector].map(({ close }) => close()));
  }
}

/** A model to be used before it is served, which the server does not load again. */
function loadedOnce(load: (signal?: AbortSignal) => Promise<ServedModel>) {
  let loaded: Promise<ServedModel> | undefined;
  let isServed = false;
  const first = () => (loaded ??= load());
  return {
    first,
    /** For the server: the same the first time, then a new one each time. */
    load: (signal: AbortSignal): Promise<ServedModel> => {
      if (isServed) return load(signal);
      isServed = true;
      return first();
    },
    close: () =>
      loaded?.then(
        (model) => model.close(),
        () => undefined,
      ),
  };
}

/** Takes another port only where the person has not asked for one. */
async function serveSomewhere({ port, ...flags }: StartFlags, models: readonly LoadModel[]): Promise<void> {
  try {
    await serve(port ?? defaultPort, flags, models);
  } catch (error) {
    if (port !== undefined || !(error instanceof PortInUseError)) throw error;
    process.stdout.write(`Port ${defaultPort} is in use, so here is a free one; set PORT to choose.\n`);
    await serve(0, flags, models);
  }
}

async function showExample(model: ServedModel): Promise<void> {
  if (!does(model, 'classify')) {
    throw new UserError(`${model.info.name} is a detector. Give a classifier with --model.`);
  }
  const path = exampleImage();
  const image = await withHeader(await readFile(path));
  const result = await model.classify(image, { attention: true, topK: 3 }, new AbortController().signal);
  const [best, ...others] = result.labels;
  const rest = others.map(({ label, score }) => `${label} ${score.toFixed(2)}`).join(', ');
  const own = 1024 * process.resourceUsage().maxRSS;
  const peak = (own + ((await model.memory?.())?.peak ?? 0)) / 2 ** 20;
  const lines = [
    ['Image', `${relative('', path)}, ${result.width} x ${result.height} pixels, all of them seen`],
    ['Label', `${best!.label}, score ${best!.score.toFixed(2)} (${rest})`],
    ['Time', `${result.seconds.toFixed(2)} s`],
    ['Peak memory', `${peak.toFixed(0)} MiB`],
  ];
  if (result.overlay) {
    await writeOverlay(overlayPath, result.overlay);
    lines.push(['Attention', `${overlayPath}: where the global token looked`]);
  }
  print(lines);
}

function print(lines: readonly string[][]): void {
  for (const [name, value] of lines) process.stdout.write(`${name!.padEnd(12)} ${value}\n`);
}

function serve(
  port: number,
  { device, threads }: Omit<StartFlags, 'port'>,
  models: readonly LoadModel[],
): Promise<void> {
  const logger = pino({ level: 'warn', base: undefined }, pino.destination(2));
  const scenes = sceneSettings({ port, device, threads });
  const options = { port, host: '127.0.0.1', limits: defaultLimits, logger, models, scenes };
  return runServer(options, (url) => {
    process.stdout.write(
      `Listening on ${url}: open it in a browser, or\n  curl --data-binary @image.jpg -H 'Content-Type: image/jpeg' ${url}/v1/classify\n`,
    );
  });
}
