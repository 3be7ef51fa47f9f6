import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exampleImage } from '../../../src/base/example-image.js';
import { freePort, missingRedis, missingTls, TestRedis } from '../../helpers/redis.js';
import { runCli, startCli } from '../run-cli.js';

let folder: string;
let scene: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-worker-'));
  scene = join(folder, 'scene.png');
  await sharp(exampleImage()).extract({ left: 0, top: 0, width: 400, height: 300 }).toFile(scene);
});
afterAll(() => rm(folder, { recursive: true }));

const model = ['--model', 'aerial-vehicles', '--tile', '256', '--overlap', '64'];

describe.skipIf(missingRedis)('vil worker', () => {
  it('does the tiles of vil detect --queue, to the same bytes; its process may crash; SIGTERM ends it', async () => {
    const redis = await TestRedis.start();
    const worker = startCli('worker', '--queue', redis.address, '--threads', '1');
    const [, pid] = await worker.printed(/Worker \S+-(\d+) waits/);
    process.kill(Number(pid), 'SIGKILL');
    await worker.printed(/waits[\s\S]*Worker \S+-\d+ waits/);
    const [queued, local] = [join(folder, 'queued.csv'), join(folder, 'local.csv')];
    const submitted = await runCli('detect', scene, ...model, '--out', queued, '--queue', redis.address);
    expect(submitted).toMatchObject({ code: 0 });
    worker.process.kill('SIGTERM');
    expect(await worker.finished).toMatchObject({ code: 0, signal: null });
    await runCli('detect', scene, ...model, '--out', local, '--threads', '1');
    const bytes = await readFile(queued);
    expect(bytes).toEqual(await readFile(local));
    expect(bytes.toString().split('\r\n').length).toBeGreaterThan(3);
    await redis.stop();
  }, 300_000);
});

describe.skipIf(missingTls)('a server that speaks TLS', () => {
  it('is used with NODE_EXTRA_CA_CERTS, and refused without', async () => {
    const redis = await TestRedis.startTls();
    const out = join(folder, 'tls.csv');
    const refused = await runCli('detect', scene, ...model, '--out', out, '--queue', redis.address);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /rediss:\/\/127\.0\.0\.1:\d+ has a certificate that is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
    vi.stubEnv('NODE_EXTRA_CA_CERTS', redis.certificate);
    const worker = startCli('worker', '--queue', redis.address, '--threads', '1');
    const submitted = await runCli('detect', scene, ...model, '--out', out, '--queue', redis.address);
    expect(submitted).toMatchObject({ code: 0 });
    expect((await readFile(out, 'utf8')).split('\r\n').length).toBeGreaterThan(3);
    worker.process.kill('SIGTERM');
    expect(await worker.finished).toMatchObject({ code: 0, signal: null });
    vi.unstubAllEnvs();
    await redis.stop();
  }, 300_000);
});

describe('without a server', () => {
  it('ends at once and says why', async () => {
    const address = `redis://127.0.0.1:${await freePort()}`;
    const out = join(folder, 'none.csv');
    const ends = await Promise.all([
      runCli('worker', '--queue', address),
      runCli('detect', scene, '--out', out, '--queue', address),
    ]);
    for (const { code, stderr } of ends) {
      expect(code).toBe(1);
      expect(stderr).toContain(`cannot reach the queue at ${address} (ECONNREFUSED)`);
    }
  });
});
