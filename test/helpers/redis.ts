import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
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

/** Why there is no server that speaks TLS to test with. */
export const missingTls =
  missingRedis ??
  (spawnSync('openssl', ['version']).error && 'there is no openssl to make a certificate with');

/** A real server of one's own, which forgets everything when it ends. */
export class TestRedis {
  readonly port: number;
  /** File with the certificate that has to be trusted, of a server that speaks TLS. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #args: readonly string[];
  #isTls = false;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.certificate = join(folder, 'certificate.pem');
    this.#folder = folder;
    this.#args = args;
  }

  /** @param args further options of redis-server */
  static async start(...args: string[]): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), await mkdtemp(join(tmpdir(), 'redis-')), args);
    await redis.restart();
    return redis;
  }

  /** A server that speaks nothing but TLS, with a certificate that nobody trusts by itself. */
  static async startTls(): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), await mkdtemp(join(tmpdir(), 'redis-')), []);
    redis.#isTls = true;
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      redis.#key,
    ];
    const names = ['-subj', '/CN=A queue', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const request = ['req', '-x509', ...key, ...names, '-days', '2', '-out', redis.certificate];
    execFileSync('openssl', request, { stdio: 'ignore' });
    await redis.restart();
    return redis;
  }

  get address(): string {
    return `${this.#isTls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}`;
  }

  get #key(): string {
    return join(this.#folder, 'key.pem');
  }

  /** Options for where and how it listens. */
  get #listening(): string[] {
    if (!this.#isTls) return ['--port', `${this.port}`];
    const files = ['--tls-cert-file', this.certificate, '--tls-key-file', this.#key];
    return ['--port', '0', '--tls-port', `${this.port}`, ...files, '--tls-auth-clients', 'no'];
  }

  /** Ends the server, if it runs, and starts an empty one at the same port. */
  async restart(): Promise<void> {
    await this.#end();
    const options = [...this.#listening, '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder];
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
