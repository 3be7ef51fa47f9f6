/**
 * Puts a server under load and checks that it holds: `npx tsx scripts/load-test.ts [requests] [concurrency] [options of
 * vil serve…]`. By default 10,000 requests, 64 at a time, to a very small model, so that the server and not the network is
 * what is tested; the server is a process of its own.
 *
 * Bars: no answer but right ones and 503 with Retry-After; resident memory over all but the first fifth of the requests
 * grows by at most 5 %; the 99th percentile of /healthz, asked for all the while, stays below 50 ms.
 */
import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { startCli } from '../test/cli/run-cli.js';
import { writeTinyModel } from '../test/helpers/tiny-model.js';
import { generateLoad, percentile } from './load/generate-load.js';
import { loadRequests } from './load/load-requests.js';

const [count = 10_000, concurrency = 64] = process.argv.slice(2, 4).map(Number);
const flags = process.argv.slice(4);
const model = await writeTinyModel();
const server = startCli('serve', '--model', model, '--port', '0', '--log-level', 'warn', ...flags);
try {
  const url = (await server.printed(/Listening on (http:\S+)/))[1]!;
  const requests = await loadRequests(url);

  const health: number[] = [];
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      const from = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      health.push(performance.now() - from);
      await pause(20);
    }
  })();
  const memory: [done: number, bytes: number][] = [];
  const step = Math.max(1, Math.round(count / 50));
  const readings: Promise<unknown>[] = [];
  const onAnswer = (done: number) => {
    if (done % step === 0) readings.push(residentBytes(url).then((bytes) => memory.push([done, bytes])));
  };
  const result = await generateLoad({ url, requests, count, concurrency, onAnswer });
  isOver = true;
  await Promise.all([probing, ...readings]);

  const growth = growthOf(memory, count / 5);
  const p99 = percentile(health, 0.99);
  const rows = [
    ['requests', `${count}, ${concurrency} at a time, ${result.seconds.toFixed(1)} s`],
    ['right', String(result.right)],
    ['refused with 503', String(result.refused)],
    ['errors', `${result.errors.length} ${[...new Set(result.errors)].slice(0, 3).join('; ')}`],
    ['requests a second', (result.right / result.seconds).toFixed(1)],
    ['latency p50, p99', `${latency(result.milliseconds, 0.5)}, ${latency(result.milliseconds, 0.99)}`],
    ['/healthz p50, p99', `${latency(health, 0.5)}, ${latency(health, 0.99)} of ${health.length}`],
    [
      'memory',
      `${growth.from.toFixed(0)} MiB to ${growth.to.toFixed(0)} MiB, ${(100 * growth.share).toFixed(1)} %`,
    ],
    [
      'load average',
      loadavg()
        .map((value) => value.toFixed(1))
        .join(' '),
    ],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name!.padEnd(20)} ${value}\n`);
  const failures = [
    result.errors.length > 0 && 'wrong answers or errors',
    growth.share > 0.05 && 'memory grows',
    p99 > 50 && '/healthz is slow',
  ].filter((failure) => failure !== false);
  process.stdout.write(`${failures.length === 0 ? 'all bars met' : `not met: ${failures.join(', ')}`}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  server.process.kill('SIGTERM');
  const { code, stderr } = await server.finished;
  if (code !== 0 || stderr !== '') process.stdout.write(`server: exit code ${code}\n${stderr}`);
  await rm(dirname(model), { recursive: true });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function latency(milliseconds: readonly number[], share: number): string {
  return `${percentile(milliseconds, share).toFixed(1)} ms`;
}

/** Resident memory of the server and of its models' processes, by its own account. */
async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const parts = text.matchAll(/^(?:process|vil_model)_resident(?:_memory)?_bytes(?:\{.*\})? (\S+)$/gm);
  return [...parts].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

/** Mean of the readings right after the warm-up against that of as many at the end, in MiB. */
function growthOf(memory: readonly [done: number, bytes: number][], warmUp: number) {
  const after = memory.filter(([done]) => done > warmUp).sort(([a], [b]) => a - b);
  const span = Math.max(1, Math.floor(after.length / 8));
  const mean = (some: typeof after) =>
    some.reduce((sum, [, bytes]) => sum + bytes, 0) / some.length / 2 ** 20;
  const [from, to] = [mean(after.slice(0, span)), mean(after.slice(-span))];
  return { from, to, share: to / from - 1 };
}
