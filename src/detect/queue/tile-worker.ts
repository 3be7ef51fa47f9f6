import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import type { Places } from '../../base/places.js';
import { openOnlyIn } from '../../base/places.js';
import { ResourceCache } from '../../base/resource-cache.js';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { namedModels } from '../../checkpoint/named-models.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { openRaster } from '../../image/raster/open-raster.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import type { Detector } from '../detector.js';
import { detectTile, readTile } from '../scene/tile-image.js';
import type { TileRecord } from '../scene/tile-record.js';
import { toTileRecord } from '../scene/tile-record.js';
import { allowOnly } from './allowed-places.js';
import type { QueueServer } from './redis.js';
import { isSigned, secretVariable, signAnswer } from './signature.js';
import type { TileAnswer, TileJob } from './tile-job.js';
import { tileJobSchema, tileQueueName, tileRefusals, tileStalls } from './tile-job.js';

export interface TileWorkerOptions {
  readonly server: QueueServer;
  /** Makes the detector of a model folder ready. */
  readonly loadDetector: (folder: string) => Promise<Detector>;
  /** Tiles in hand at a time. Default 2: while one is in the detector, the next is read. */
  readonly concurrency?: number;
  /** Milliseconds without a sign of life after which another worker takes a tile over. Default 15,000. */
  readonly lockMilliseconds?: number;
  /** Milliseconds to step back for when a scene or model cannot be opened; doubled each time. Default 2000. */
  readonly restMilliseconds?: number;
  /** Shared with submitters: jobs that are not signed with it are refused. */
  readonly secret?: string;
  /** Folders, hosts and buckets that scenes and models of one's own may lie in, see `allowOnly`. Default any. */
  readonly allowed?: readonly string[];
  /** Told of what happens, for people. */
  readonly onEvent?: (text: string) => void;
}

/** Milliseconds that a worker steps back for at most. */
const longestRest = 60_000;
const scenesOpen = 4;
const modelsOpen = 2;

/** A raster that can be read one window at a time only, and who is next. */
interface OpenScene {
  readonly source: RasterSource;
  turn: Promise<unknown>;
}

/** An error of the worker's surroundings, not of the tile: other workers may do better. */
class NotHereError extends Error {}

/** Takes tiles out of a queue, looks at them, and puts what it found back. */
export class TileWorker {
  readonly name = `${hostname()}-${process.pid}`;
  readonly #options: TileWorkerOptions;
  readonly #worker: Worker<unknown, TileAnswer>;
  readonly #scenes = new ResourceCache<OpenScene>(
    { entries: scenesOpen },
    { close: ({ source }) => source.close() },
  );
  readonly #models = new ResourceCache<Detector>(
    { entries: modelsOpen },
    { close: (detector) => detector.close() },
  );
  readonly #places: Places | undefined;
  #refusedInARow = 0;
  #rest: NodeJS.Timeout | undefined;

  constructor(options: TileWorkerOptions) {
    const { server, concurrency = 2, lockMilliseconds = 15_000 } = options;
    this.#options = options;
    this.#places = allowOnly(options.allowed ?? []);
    this.#worker = new Worker(tileQueueName, (job, token) => this.#process(job, token), {
      connection: server.redis,
      name: this.name,
      concurrency,
      lockDuration: lockMilliseconds,
      stalledInterval: lockMilliseconds,
      maxStalledCount: tileStalls,
      drainDelay: 2,
    });
    this.#worker.on('error', (error) => this.#tell(`${server.name}: ${error.message}`));
    this.#worker.on('stalled', (id) => this.#tell(`the worker of tile ${id} is gone: it is done again`));
  }

  /** Finishes the tiles in hand, takes no more, and frees everything. */
  async close(): Promise<void> {
    clearTimeout(this.#rest);
    await this.#worker.close();
    await this.#scenes.clear();
    await this.#models.clear();
  }

  async #process(job: Job, token: string | undefined): Promise<TileAnswer> {
    const parsed = tileJobSchema.safeParse(job.data);
    // No worker could do better, unless it is of another version.
    if (!parsed.success) {
      throw new UnrecoverableError(`is no job that ${this.name} knows: ${z.prettifyError(parsed.error)}`);
    }
    const { secret } = this.#options;
    if (secret !== undefined && !isSigned(parsed.data, secret)) {
      throw new UnrecoverableError(
        `is not signed with the secret of ${this.name}: submitters need the same ${secretVariable}.`,
      );
    }
    const started = performance.now();
    try {
      const detect = () => this.#detect(parsed.data);
      const record = await (this.#places ? openOnlyIn(this.#places, detect) : detect());
      this.#refusedInARow = 0;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      this.#tell(`${job.name}: ${record.scores.length} objects, ${seconds} s`);
      return secret === undefined
        ? record
        : { ...record, signature: signAnswer(record, parsed.data, secret) };
    } catch (error) {
      const text = `worker ${this.name}: ${error instanceof Error ? error.message : error}`;
      this.#tell(`${job.name} failed: ${text}`);
      if (error instanceof NotHereError) await this.#refuse(job, parsed.data, token, text);
      throw new Error(text, { cause: error });
    }
  }

  async #detect(job: TileJob): Promise<TileRecord> {
    const { scene, model, bands, stretch, threshold, firstLook, window, size } = job;
    const openScene = () => notHere(open(scene));
    const tile = await this.#scenes.use(JSON.stringify(scene), openScene, async (opened) => {
      const read = opened.turn.then(() => readTile(opened.source, { window, bands, stretch, size }));
      opened.turn = read.catch(() => undefined);
      return read;
    });
    const openModel = () => notHere(this.#open(model));
    return this.#models.use(JSON.stringify(model), openModel, async (detector) => {
      return toTileRecord(await detectTile(detector, tile, { threshold, firstLook }));
    });
  }

  async #open({ name, fingerprint }: TileJob['model']): Promise<Detector> {
    const folder = resolveModel(name);
    const isNamed = namedModels().some((model) => model.name === name);
    if (this.#places && !isNamed) await checkFolder(folder, this.#places);
    if ((await modelFingerprint(folder)) !== fingerprint) {
      throw new UserError(`the model ${folder} is not the one that the tiles were submitted for.`);
    }
    return this.#options.loadDetector(folder);
  }

  /**
   * Puts a tile back for others, and lets them have it: a worker that fails at once would otherwise be the first to
   * take it again.
   */
  async #refuse(job: Job, data: TileJob, token: string | undefined, refusal: string): Promise<never> {
    const refusals = (data.refusals ?? 0) + 1;
    if (refusals >= tileRefusals) throw new UnrecoverableError(refusal);
    this.#stepBack();
    await job.updateData({ ...data, refusals, refusal });
    await job.moveToDelayed(Date.now() + 500, token);
    throw new DelayedError();
  }

  #stepBack(): void {
    if (this.#rest) return;
    const { restMilliseconds = 2000 } = this.#options;
    const milliseconds = Math.min(longestRest, restMilliseconds * 2 ** this.#refusedInARow++);
    this.#tell(`takes no tiles for ${milliseconds / 1000} s`);
    void this.#worker.pause(true);
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      void this.#worker.resume();
    }, milliseconds);
  }

  #tell(text: string): void {
    this.#options.onEvent?.(text);
  }
}

async function open({ paths, fingerprint, pixelLimit }: TileJob['scene']): Promise<OpenScene> {
  const source = await openRaster(paths, { pixelLimit });
  if (source.fingerprint === fingerprint) return { source, turn: Promise.resolve() };
  await source.close();
  throw new UserError(
    `${source.name} is not the file here that was submitted: its size, time or content differ. ` +
      'Copies must keep the time (cp -p, rsync -t).',
  );
}

/** Checks that a model folder, and where the links in it lead to, may be opened. */
async function checkFolder(folder: string, places: Places): Promise<void> {
  await places.check(folder);
  for (const name of await readdir(folder)) await places.check(join(folder, name));
}

async function notHere<Value>(opening: Promise<Value>): Promise<Value> {
  try {
    return await opening;
  } catch (error) {
    const advice =
      'Workers need the scene under the same path (a shared folder), or at an http(s) address, and the same model.';
    throw new NotHereError(`${error instanceof Error ? error.message : error} ${advice}`, { cause: error });
  }
}
