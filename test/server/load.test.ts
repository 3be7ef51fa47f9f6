import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLoad } from '../../scripts/load/generate-load.js';
import { loadRequests } from '../../scripts/load/load-requests.js';
import type { Running } from '../cli/run-cli.js';
import { startCli } from '../cli/run-cli.js';
import { writeTinyModel } from '../helpers/tiny-model.js';

/** A short version of scripts/load-test.ts. */
describe('vil serve under load', { timeout: 300_000 }, () => {
  let model: string;
  let server: Running;
  let url: string;
  beforeAll(async () => {
    model = await writeTinyModel();
    const bounds = ['--queue', '8', '--running', '4'];
    server = startCli('serve', '--model', model, '--port', '0', '--log-level', 'warn', ...bounds);
    url = (await server.printed(/Listening on (http:\S+)/))[1]!;
  }, 300_000);
  afterAll(async () => {
    server.process.kill('SIGTERM');
    await server.finished;
    await rm(dirname(model), { recursive: true });
  });

  it('gives no answers but right ones and honest refusals, and is well afterwards', async () => {
    const requests = await loadRequests(url);
    const within = await generateLoad({ url, requests, count: 120, concurrency: 12 });
    expect(within).toMatchObject({ errors: [], refused: 0, right: 120 });
    const beyond = await generateLoad({ url, requests, count: 300, concurrency: 64 });
    expect(beyond.errors).toEqual([]);
    expect(beyond.refused).toBeGreaterThan(0);
    expect(beyond.right).toBeGreaterThan(12);
    expect(beyond.right + beyond.refused).toBe(300);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const idle of ['vil_queue_depth 0', 'vil_queue_running 0', 'vil_upload_bytes 0']) {
      expect(metrics).toContain(`\n${idle}\n`);
    }
    expect(await generateLoad({ url, requests, count: 20, concurrency: 4 })).toMatchObject({ right: 20 });
  });
});
