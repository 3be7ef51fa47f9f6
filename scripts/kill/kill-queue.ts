import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { drawBlobs, randomBlobs } from '../../test/detect/scene/blobs.js';
import { TestRedis } from '../../test/helpers/redis.js';
import type { ProgramEnd } from './kill-and-resume.js';
import { finishedTiles } from './kill-and-resume.js';
import { TcpProxy } from './tcp-proxy.js';

const programOf = (path: string) => fileURLToPath(new URL(`../../test/detect/${path}`, import.meta.url));
const [width, height] = [1300, 900];
/** Milliseconds that a worker takes for a tile, so that there is a middle to be killed in. */
const tileMilliseconds = 150;
const secret = 'sesame';

export interface QueueKillOptions {
  /** Processes killed, submitters and workers. */
  readonly kills: number;
  /** Times that the server is killed, and started again with what it has on its disk. */
  readonly restarts: number;
  /** Times that all connections are cut. */
  readonly cuts: number;
  /** For how long, in milliseconds. */
  readonly cutMilliseconds: number;
  /** Numbers in [0, 1). */
  readonly draw: () => number;
}

/** What has been seen; everything that must not happen has been thrown. */
export interface QueueKillFigures {
  readonly kills: { readonly submitter: number; readonly worker: number };
  readonly restarts: number;
  readonly cuts: number;
  /** Runs of the submitter that came to their end, with the same bytes. */
  readonly finishedRuns: number;
  /** Runs that gave up a tile whose workers had been killed three times; they were run again. */
  readonly givenUp: number;
  /** Runs that began while there was no server; they were run again. */
  readonly unreached: number;
  readonly tiles: number;
  readonly seconds: number;
}

/**
 * Disturbs a queue with two workers and a submitter, through a real server, at drawn moments: processes and the server are killed
 * (SIGKILL) and started again, connections cut. Compares what the submitter writes with what is found without a queue.
 * @throws Error when the bytes differ, or a tile is missing or written down twice
 */
export async function killQueue(options: QueueKillOptions): Promise<QueueKillFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'kill-queue-'));
  const redis = await TestRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
  const proxy = await TcpProxy.start(redis.port);
  const disturbed = new DisturbedQueue(folder, `redis://127.0.0.1:${proxy.port}`);
  const began = performance.now();
  try {
    const whole = await disturbed.setUp();
    const { draw } = options;
    const kills = { submitter: 0, worker: 0 };
    const left = { kill: options.kills, restart: options.restarts, cut: options.cuts };
    disturbed.startAll();
    while (left.kill + left.restart + left.cut > 0) {
      await disturbed.until(draw() * whole);
      const kinds = Object.entries(left).flatMap(([kind, count]) => new Array<string>(count).fill(kind));
      const kind = kinds[Math.floor(draw() * kinds.length)] as keyof typeof left;
      left[kind]--;
      if (kind === 'restart') await redis.restart();
      else if (kind === 'cut') await proxy.cut(options.cutMilliseconds);
      else kills[await disturbed.kill(draw())]++;
    }
    await disturbed.until(Infinity);
    const { finishedRuns, givenUp, unreached, tiles } = disturbed;
    const seconds = Math.round((performance.now() - began) / 1000);
    const { restarts, cuts } = options;
    return { kills, restarts, cuts, finishedRuns, givenUp, unreached, tiles, seconds };
  } finally {
    await disturbed.stop();
    await proxy.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
}

/** A submitter and two workers, each in a process of its own. */
class DisturbedQueue {
  finishedRuns = 0;
  givenUp = 0;
  unreached = 0;
  tiles = 0;
  readonly #folder: string;
  readonly #address: string;
  #expected = Buffer.alloc(0);
  #submitter: Running | undefined;
  readonly #workers: Running[] = [];
  #isStopped = false;

  constructor(folder: string, address: string) {
    this.#folder = folder;
    this.#address = address;
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  /** Draws the scene and finds what is in it without a queue. @returns how long that takes, in milliseconds */
  async setUp(): Promise<number> {
    await mkdir(this.#at('model'));
    for (const name of ['config.json', 'model.safetensors'])
      await writeFile(join(this.#at('model'), name), name);
    const band = drawBlobs(width, height, randomBlobs(width, height));
    const image = sharp(band, { raw: { width, height, channels: 1 } });
    await image.tiff({ tile: true, compression: 'deflate' }).toFile(this.#at('scene.tif'));
    const began = performance.now();
    const [out, state] = [this.#at('alone.geojson'), this.#at('alone')];
    const alone = [this.#at('scene.tif'), state, out, `${tileMilliseconds}`];
    const { code, stderr } = await this.#run('scene/scene-process.ts', ...alone).ended;
    if (code !== 0) throw new Error(`without a queue it ended with ${code}:\n${stderr}`);
    this.#expected = await readFile(out);
    this.tiles = (await finishedTiles(state)).tiles;
    return performance.now() - began;
  }

  startAll(): void {
    this.#submit();
    for (const index of [0, 1]) this.#work(index);
  }

  /** Waits for some milliseconds, or until a run of the submitter has come to its end where they are endless. */
  async until(milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    const enough = this.finishedRuns + 1;
    while (performance.now() < deadline) {
      const rest = Math.min(2 ** 30, Math.max(0, deadline - performance.now()));
      const end = await Promise.race([this.#submitter!.ended, pause(rest, undefined, { ref: false })]);
      if (!end) return;
      await this.#take(end);
      if (milliseconds === Infinity && this.finishedRuns >= enough) return;
      this.#submit();
    }
  }

  /** Kills the submitter or a worker, and starts it again. @param at in [0, 1), which of them */
  async kill(at: number): Promise<'submitter' | 'worker'> {
    if (at >= 2 / 3) {
      const { process: child, ended } = this.#submitter!;
      child.kill('SIGKILL');
      const end = await ended;
      if (end.signal !== 'SIGKILL') await this.#take(end);
      this.#submit();
      return 'submitter';
    }
    const index = Math.floor(3 * at);
    this.#workers[index]!.process.kill('SIGKILL');
    await this.#workers[index]!.ended;
    return 'worker';
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const all = [...this.#workers, ...(this.#submitter ? [this.#submitter] : [])];
    for (const { process: child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
  }

  /** Looks at what a submitter that has ended by itself leaves. */
  async #take({ code, stderr }: ProgramEnd): Promise<void> {
    if (code !== 0 && /has ended every worker that took it/.test(stderr)) {
      this.givenUp++;
      return;
    }
    // Started while the server was away, which is said at once.
    if (code !== 0 && /cannot reach the queue/.test(stderr)) {
      this.unreached++;
      await pause(500);
      return;
    }
    if (code !== 0) throw new Error(`the submitter ended with ${code}:\n${stderr}`);
    const [out, state] = [this.#at('found.geojson'), this.#at('state')];
    if (!(await readFile(out)).equals(this.#expected)) throw new Error('other bytes than without a queue');
    const numbers = (await finishedTiles(state)).numbers.toSorted((a, b) => a - b);
    if (numbers.length !== this.tiles || numbers.some((tile, index) => tile !== index)) {
      throw new Error(`the journal has the tiles ${numbers.join(', ')}, not each of ${this.tiles} once`);
    }
    this.finishedRuns++;
    await rm(out);
    await rm(state, { recursive: true });
  }

  #submit(): void {
    const [scene, model, state] = [this.#at('scene.tif'), this.#at('model'), this.#at('state')];
    const places = [scene, model, state, this.#at('found.geojson')];
    this.#submitter = this.#run('queue/submit-process.ts', this.#address, ...places);
  }

  /** Keeps a worker up. */
  #work(index: number): void {
    const running = this.#run('queue/worker-process.ts', this.#address, `${tileMilliseconds}`);
    this.#workers[index] = running;
    void running.ended.then(() => {
      if (!this.#isStopped) this.#work(index);
    });
  }

  #run(program: string, ...args: string[]): Running {
    const env = { ...process.env, VIL_QUEUE_SECRET: secret };
    const options = ['--import', import.meta.resolve('tsx'), programOf(program), ...args];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    const ended = new Promise<ProgramEnd>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    return { process: child, ended };
  }
}
