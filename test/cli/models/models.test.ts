import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { publishedModels } from '../../../src/checkpoint/named-models.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { runCli } from '../run-cli.js';

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'vil-models-'));
  vi.stubEnv('VIL_MODELS', join(place, 'added'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(place, { recursive: true });
});

it('lists every model of this project with task, licence, size and figures', {
  timeout: 60_000,
}, async () => {
  const { code, stdout } = await runCli('models', '--json');
  expect(code).toBe(0);
  const models = JSON.parse(stdout) as { name: string; about?: { licence: string; figures: unknown[] } }[];
  expect(models.map(({ name }) => name)).toEqual([...publishedModels]);
  for (const { about } of models) expect(about?.licence).toBeTruthy();
  const text = (await runCli('models')).stdout;
  expect(text).toMatch(/^aircraft {2}detector, Airplane, .*CC-BY-NC-SA-4\.0, 8\.7 MB, 0\.5 m a pixel$/m);
  expect(text).toMatch(/AP50 0\.9\d\d \(0\.\d{3} to 0\.\d{3}\), .*: on 13 test tiles/);
});

it('adds a model, which other commands then know, and removes it', { timeout: 120_000 }, async () => {
  const added = await runCli('models', 'add', resolveModel('megapixel-mnist'), '--name', 'mine');
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('mine is added: --model mine') });
  const described = await runCli(
    'export',
    '--model',
    'mine',
    '--size',
    '32x32',
    '--out',
    join(place, 'mine'),
  );
  expect(described.code).toBe(0);
  expect((await runCli('models', 'remove', 'mine')).code).toBe(0);
  const gone = await runCli('models', 'remove', 'mine');
  expect(gone).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: There is no model "mine"/),
  });
});

it('says in one line what is wrong', { timeout: 60_000 }, async () => {
  const { code, stderr } = await runCli('models', 'add', 'a.tar', '--sha256', 'abc');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*64 hexadecimal digits.* See vil models add --help\n$/);
});
