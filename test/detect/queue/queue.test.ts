import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import { modelFingerprint } from '../../../src/checkpoint/model-fingerprint.js';
import { QueueRunner } from '../../../src/detect/queue/queue-runner.js';
import type { QueueServer } from '../../../src/detect/queue/redis.js';
import { addressName, connectQueueServer } from '../../../src/detect/queue/redis.js';
import { isSignedAnswer, signAnswer, signJob } from '../../../src/detect/queue/signature.js';
import type { TileJob } from '../../../src/detect/queue/tile-job.js';
import { tileQueueName } from '../../../src/detect/queue/tile-job.js';
import type { TileWorkerOptions } from '../../../src/detect/queue/tile-worker.js';
import { TileWorker } from '../../../src/detect/queue/tile-worker.js';
import { detectScene, runScene } from '../../../src/detect/scene/detect-scene.js';
import type { SceneSettings } from '../../../src/detect/scene/scene-options.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { freePort, missingRedis, TestRedis } from '../../helpers/redis.js';
import { BlobDetector, drawBlobs, randomBlobs } from '../scene/blobs.js';

const [width, height] = [900, 700];
const cut = { tileSize: 256, overlap: 64 };
const workerProgram = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

describe.skipIf(missingRedis)('a queue of tiles', () => {
  let folder: string;
  let model: { name: string; fingerprint: string };
  let redis: TestRedis;
  const servers: QueueServer[] = [];
  const workers: TileWorker[] = [];
  const processes: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'queue-'));
    const path = join(folder, 'model');
    await mkdir(path);
    for (const name of ['config.json', 'model.safetensors']) await writeFile(join(path, name), name);
    model = { name: path, fingerprint: await modelFingerprint(path) };
    redis = await TestRedis.start();
    for (const seed of [1, 2]) await drawScene(`scene-${seed}.tif`, seed);
    await drawScene('poisoned.tif', 3, 255);
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) child.kill('SIGKILL');
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await redis.restart();
  });
  afterAll(async () => {
    await redis.stop();
    await rm(folder, { recursive: true });
  });

  /** Blobs; with `level`, one pixel of that brightness, which a single tile sees. */
  async function drawScene(name: string, seed: number, level?: number) {
    const band = drawBlobs(width, height, randomBlobs(width, height, seed));
    if (level !== undefined) band[280 * width + 450] = level;
    const image = sharp(band, { raw: { width, height, channels: 1 } });
    await image.tiff({ tile: true, compression: 'deflate' }).toFile(join(folder, name));
  }

  async function connect(): Promise<QueueServer> {
    const server = await connectQueueServer(redis.address);
    servers.push(server);
    return server;
  }

  async function startWorker(options: Partial<TileWorkerOptions> = {}): Promise<string[]> {
    const events: string[] = [];
    const worker = new TileWorker({
      server: await connect(),
      loadDetector: async () => new BlobDetector(),
      lockMilliseconds: 1000,
      onEvent: (text) => events.push(text),
      ...options,
    });
    workers.push(worker);
    return events;
  }

  /** A worker in a process of its own, and a promise of its end. */
  async function spawnWorker(delay: number) {
    const args = ['--import', import.meta.resolve('tsx'), workerProgram, redis.address, `${delay}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    processes.push(child);
    const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
      child.on('exit', (code, signal) => resolve(signal ?? code));
    });
    let printed = '';
    child.stdout.on('data', (data) => {
      printed += data;
    });
    const says = (text: string) =>
      new Promise<void>((resolve) => {
        const look = () => printed.includes(text) && resolve();
        child.stdout.on('data', look);
        look();
      });
    await says('ready');
    return { child, ended, says };
  }

  async function submit(
    name: string,
    more: Partial<SceneSettings> = {},
    state = `${name}-${Math.random()}`,
    secret?: string,
  ) {
    const path = join(folder, name);
    const source = await openRaster(path);
    const notices: string[] = [];
    const runner = new QueueRunner({
      server: await connect(),
      scene: { name, paths: [path], fingerprint: source.fingerprint },
      model,
      place: join(folder, state),
      secret,
      onNotice: (text) => notices.push(text),
    });
    const detector = new BlobDetector();
    const stateFolder = join(folder, state);
    const settings = { source, detector, ...cut, stateFolder, modelFingerprint: model.fingerprint, ...more };
    return { result: runScene(settings, runner), notices };
  }

  async function locally(name: string, state?: string) {
    const source = await openRaster(join(folder, name));
    const detector = new BlobDetector();
    const stateFolder = state && join(folder, state);
    const modelPrint = model.fingerprint;
    return detectScene({ source, detector, ...cut, stateFolder, modelFingerprint: modelPrint });
  }

  it('gives two submitters at once what each would have found alone', async () => {
    const events = await startWorker();
    await startWorker();
    const runs = await Promise.all(['scene-1.tif', 'scene-2.tif'].map((name) => submit(name)));
    const results = await Promise.all(runs.map(({ result }) => result));
    for (const [index, { detections, tiles }] of results.entries()) {
      const alone = await locally(`scene-${index + 1}.tif`);
      expect(detections).toEqual(alone.detections);
      expect(tiles).toBe(alone.tiles);
    }
    expect(events.length).toBeGreaterThan(0);
    // Nothing stays behind.
    const { redis: connection } = await connect();
    expect((await connection.keys('bull:vil-tiles:*-*')).filter((key) => !key.endsWith('check'))).toEqual([]);
  });

  it('gives two submitters of one scene the same, and refuses the second at one place', async () => {
    await startWorker();
    const runs = await Promise.all(
      ['here', 'there', 'here'].map((state) => submit('scene-1.tif', {}, state)),
    );
    const ends = await Promise.allSettled(runs.map(({ result }) => result));
    const alone = await locally('scene-1.tif');
    const found = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    expect(found).toHaveLength(2);
    for (const { detections, tiles } of found) {
      expect(detections).toEqual(alone.detections);
      expect(tiles).toBe(alone.tiles);
    }
    const [refused] = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
    expect(refused).toBeInstanceOf(UserError);
    expect(refused!.message).toMatch(/is used by|in use|uses/);
  });

  it('has the tile of a worker killed in the middle of it done by one that joins later', async () => {
    const doomed = await spawnWorker(60_000);
    const { result } = await submit('scene-1.tif');
    await doomed.says('taken');
    doomed.child.kill('SIGKILL');
    expect(await doomed.ended).toBe('SIGKILL');
    const events = await startWorker();
    expect((await result).detections).toEqual((await locally('scene-1.tif')).detections);
    expect(events.join('\n')).toContain('is gone: it is done again');
  });

  it('lets a worker finish the tile in hand on SIGTERM', async () => {
    const worker = await spawnWorker(1500);
    const controller = new AbortController();
    let done = 0;
    const onProgress = (progress: { done: number }) => {
      done = progress.done;
    };
    const { result } = await submit('scene-1.tif', { signal: controller.signal, onProgress });
    await worker.says('taken');
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    await expect.poll(() => done, { timeout: 10_000 }).toBe(1);
    controller.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
  });

  it('goes on after an end of the submitter, here or in the queue, computing nothing again', async () => {
    const seen: number[] = [];
    const detector = new BlobDetector((count) => void seen.push(count));
    await startWorker({ loadDetector: async () => detector, concurrency: 1 });
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 4) controller.abort(new Error('stop'));
    };
    const first = await submit('scene-1.tif', { signal: controller.signal, onProgress }, 'resumed');
    await expect(first.result).rejects.toThrow('stop');
    const second = await submit('scene-1.tif', {}, 'resumed');
    const { detections, tiles, resumedTiles } = await second.result;
    const alone = await locally('scene-1.tif');
    expect(detections).toEqual(alone.detections);
    expect(resumedTiles).toBeGreaterThanOrEqual(4);
    // A tile in hand when the first one ended was kept for the second.
    expect(seen.length).toBe(tiles);
    const here = await locally('scene-1.tif', 'resumed');
    expect(here.resumedTiles).toBe(tiles);
    expect(here.detections).toEqual(alone.detections);
  });

  it('tries a failing tile a few times, then says which and why, and serves others', async () => {
    const failing = new BlobDetector();
    const detect = failing.detect.bind(failing);
    let tries = 0;
    failing.detect = async (tile, options) => {
      if (!tile.data.includes(255)) return detect(tile, options);
      tries++;
      throw new Error('too bright');
    };
    await startWorker({ loadDetector: async () => failing });
    const { result } = await submit('poisoned.tif');
    await expect(result).rejects.toThrow(
      /poisoned\.tif: the tile of 256 x 256 pixels at 336, 144 failed 4 times; the last error: worker .*: too bright/,
    );
    expect(tries).toBeGreaterThanOrEqual(4);
    const other = await submit('scene-2.tif');
    expect((await other.result).detections).toEqual((await locally('scene-2.tif')).detections);
  });

  it('gives up a tile that ends its workers before it has ended all of them', async () => {
    const [survivor] = await Promise.all(Array.from({ length: 4 }, () => spawnWorker(0)));
    const { result } = await submit('poisoned.tif');
    await expect(result).rejects.toThrow('at 336, 144 has ended every worker that took it');
    expect(survivor).toBeDefined();
    const alive = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    expect(alive).toHaveLength(1);
    const other = await submit('scene-2.tif');
    expect((await other.result).tiles).toBeGreaterThan(1);
  });

  it('says what a worker lacks; others do its tiles', async () => {
    const unable = async () => {
      throw new UserError('no such model here.');
    };
    await startWorker({ loadDetector: unable, restMilliseconds: 50 });
    const alone = await submit('scene-1.tif');
    await expect(alone.result).rejects.toThrow(/no such model here\. Workers need the scene/);
    await startWorker();
    const { result, notices } = await submit('scene-2.tif');
    expect((await result).detections).toEqual((await locally('scene-2.tif')).detections);
    expect(notices.every((text) => /no such model|No worker/.test(text))).toBe(true);
  });

  it('refuses a scene that is not the one submitted, and jobs that are none', async () => {
    const events = await startWorker({ restMilliseconds: 50 });
    const { redis: connection, name } = await connect();
    expect(name).toBe(redis.address);
    const queue = new Queue(tileQueueName, { connection });
    await queue.add('nonsense', { version: 7 }, { attempts: 5 });
    const job = await queue.add('other', {
      version: 2,
      scene: { paths: [join(folder, 'scene-1.tif')], fingerprint: 'another' },
      model,
      bands: [0],
      stretch: { low: [0], high: [255] },
      window: { left: 0, top: 0, width: 64, height: 64 },
    });
    await expect.poll(() => job.isFailed(), { timeout: 30_000 }).toBe(true);
    expect(await queue.getJob(job.id!).then((failed) => failed?.failedReason)).toContain(
      'is not the file here that was submitted',
    );
    expect(await queue.getFailedCount()).toBe(2);
    expect(events.some((text) => text.includes('takes no tiles for'))).toBe(true);
    await queue.close();
  });

  it('does only what is signed with the secret, and opens only what is allowed', async () => {
    const secret = 'sesame';
    const options = { restMilliseconds: 50, secret, allowed: [folder] };
    await startWorker(options);
    const unsigned = await submit('scene-1.tif');
    await expect(unsigned.result).rejects.toThrow(/is not signed with the secret of .*VIL_QUEUE_SECRET/);
    const forged = await submit('scene-1.tif', {}, 'forged', 'other');
    await expect(forged.result).rejects.toThrow('is not signed with the secret');
    const signed = await submit('scene-2.tif', {}, 'signed', secret);
    expect((await signed.result).detections).toEqual((await locally('scene-2.tif')).detections);
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await startWorker({ ...options, allowed: [join(folder, 'model')] });
    const outside = await submit('scene-1.tif', {}, 'outside', secret);
    await expect(outside.result).rejects.toThrow(/scene-1\.tif is not under what this worker may open/);
  });

  it('takes no answers that are not signed with the secret', async () => {
    const secret = 'sesame';
    await startWorker();
    const { result, notices } = await submit('scene-1.tif', {}, 'unsigned', secret);
    await expect(result).rejects.toThrow(
      /scene-1\.tif: a tile was answered without the signature of the secret \(VIL_QUEUE_SECRET.*\), 4 times/,
    );
    expect(notices.join()).toContain('it is done again');
    // An answer of another tile, of a worker that knows the secret, is none either.
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await startWorker({ secret });
    const honest = await submit('scene-1.tif', {}, 'honest', secret);
    expect((await honest.result).detections).toEqual((await locally('scene-1.tif')).detections);
    const job = { version: 2, window: { left: 0, top: 0, width: 9, height: 9 } } as unknown as TileJob;
    const other = { version: 2, window: { left: 1, top: 0, width: 9, height: 9 } } as unknown as TileJob;
    const record = { empty: false, boxes: [1, 2, 3, 4.5], scores: [0.25], classes: [0] };
    const answer = { ...record, signature: signAnswer(record, job, secret) };
    expect(isSignedAnswer(JSON.parse(JSON.stringify(answer)), job, secret)).toBe(true);
    expect(isSignedAnswer(answer, other, secret)).toBe(false);
    expect(isSignedAnswer({ ...answer, boxes: [1, 2, 3, 4] }, job, secret)).toBe(false);
    expect(isSignedAnswer({ ...answer, signature: signJob(job, secret) }, job, secret)).toBe(false);
    expect(isSignedAnswer(record, job, secret)).toBe(false);
  });

  it('waits where the memory of the server is full, says so, and goes on', async () => {
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    const events = await startWorker({ loadDetector: async () => new BlobDetector(slow) });
    const { redis: connection } = await connect();
    let full: Promise<unknown> | undefined;
    const onProgress = ({ done }: { done: number }) => {
      if (done !== 3) return;
      full ??= connection.config('SET', 'maxmemory', '1').then(() => {
        setTimeout(() => void connection.config('SET', 'maxmemory', '0'), 5000);
      });
    };
    const { result, notices } = await submit('scene-1.tif', { onProgress });
    expect((await result).detections).toEqual((await locally('scene-1.tif')).detections);
    expect(full).toBeDefined();
    expect([...notices, ...events].join('\n')).toMatch(/memory|OOM/);
  });

  it('does again what is damaged in the queue, and goes on beside what nobody can read', async () => {
    const events = await startWorker();
    const { redis: connection } = await connect();
    const key = (name: string) => `bull:${tileQueueName}:${name}`;
    // Not JSON, no data at all, and a name without a job: by somebody who can write to the server.
    await connection.hset(key('broken'), { data: '{"version":', name: 'x', opts: '{}', timestamp: '1' });
    await connection.hset(key('empty'), { name: 'x' });
    await connection.rpush(key('wait'), 'broken', 'empty', 'absent');
    const { result, notices } = await submit('scene-1.tif', {
      onProgress: ({ done }) => {
        if (done === 2) void damage();
      },
    });
    async function damage() {
      const jobs = (await connection.keys(key('*-*'))).filter((each) => /-\d+$/.test(each));
      for (const job of jobs) await connection.hset(job, { returnvalue: '{"empty":', data: '{' });
    }
    expect((await result).detections).toEqual((await locally('scene-1.tif')).detections);
    expect(notices.join('\n')).toContain('scene-1.tif: a tile is damaged in the queue: it is done again');
    expect(events.length).toBeGreaterThan(0);
  });

  it('ends with a sentence where something else lies under the names of the queue', async () => {
    const { redis: connection } = await connect();
    await connection.set(`bull:${tileQueueName}:wait`, 'something');
    const { result } = await submit('scene-1.tif');
    await expect(result).rejects.toThrow(
      /refuses a command: .*WRONGTYPE.* may have been written by something else/s,
    );
    await expect(result).rejects.toBeInstanceOf(UserError);
  });

  it('outlives a server that starts anew and has forgotten everything', async () => {
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    await startWorker({ loadDetector: async () => new BlobDetector(slow), concurrency: 1 });
    let restarted: Promise<void> | undefined;
    const onProgress = ({ done }: { done: number }) => {
      if (done === 3) restarted ??= redis.restart();
    };
    const { result } = await submit('scene-1.tif', { onProgress });
    expect((await result).detections).toEqual((await locally('scene-1.tif')).detections);
    await restarted;
  });
});

describe.skipIf(missingRedis)('connectQueueServer', () => {
  it('knows users and passwords, and says what is wrong with them', async () => {
    const locked = await TestRedis.start('--requirepass', 'sesame');
    const at = `127.0.0.1:${locked.port}`;
    const server = await connectQueueServer(`redis://default:sesame@${at}/3`);
    expect(server.name).toBe(`redis://${at}/3`);
    expect(await server.redis.ping()).toBe('PONG');
    await server.close();
    await expect(connectQueueServer(`redis://${at}`)).rejects.toThrow(
      `redis://${at} does not let us in: NOAUTH`,
    );
    await expect(connectQueueServer(`redis://:wrong@${at}`)).rejects.toThrow(/does not let us in: WRONGPASS/);
    await locked.stop();
  });
});

it('says at once that there is no server', async () => {
  const port = await freePort();
  await expect(connectQueueServer(`redis://127.0.0.1:${port}`)).rejects.toThrow(
    `cannot reach the queue at redis://127.0.0.1:${port} (ECONNREFUSED). Is Redis or Valkey running there?`,
  );
});

it.each(['localhost:6379', 'http://localhost', 'redis://', 'redis://host/name', ''])(
  'does not take %j for an address',
  (address) => {
    expect(() => addressName(address)).toThrow('A queue is given as redis://host:port');
  },
);

it('never shows a password', () => {
  expect(addressName('rediss://me:secret@cache.example/2')).toBe('rediss://cache.example:6379/2');
});
