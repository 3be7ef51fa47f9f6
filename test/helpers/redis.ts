import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.REDIS_SERVER ?? '/usr/bin/redis-server';

/** Why there is no server to test with. With CI_REQUIRE_REDIS=1 that is a failure. */
export const missingRedis = existsSync(program) ? undefined : `there is no Redis at ${program}`;
if (missingRedis && process.env.CI_REQUIRE_REDIS === '1')
  throw new Error(`The queue must run: ${missingRedis}`);
if (missingRedis) console.warn(`Skipping the tests of the queue: ${missingRedis}.`);

/** A real server of one's own, which forgets everything when it ends. */
export class TestRedis {
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#args = args;
  }

  /** @param args further options of redis-server */
  static async start(...args: string[]): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), await mkdtemp(join(tmpdir(), 'redis-')), args);
    await redis.restart();
    return redis;
  }

  get address(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends the server, if it runs, and starts an empty one at the same port. */
  async restart(): Promise<void> {
    await this.#end();
    const options = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder];
    const child = spawn(program, [...options, ...this.#args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let printed = '';
      child.stdout.on('data', (data) => {
        printed += data;
        if (printed.includes('Ready to accept connections')) resolve();
      });
      child.on('exit', () => reject(new Error(`redis-server ended:\n${printed}`)));
    });
  }

  async stop(): Promise<void> {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
