import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { plain } from '../../image/images.js';
import { runCli, startCli } from '../run-cli.js';

let model: string;
beforeAll(async () => {
  model = await writeTinyModel();
});
afterAll(() => rm(dirname(model), { recursive: true }));

describe('vil serve', { timeout: 300_000 }, () => {
  it('prints its address, answers, and ends on SIGTERM', async () => {
    const server = startCli('serve', '--model', model, '--port', '0', '--log-level', 'warn');
    const url = (await server.printed(/Listening on (http:\S+)/))[1]!;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);

    const body = new Uint8Array(await plain(200, 100, { r: 90, g: 120, b: 10 }).webp().toBuffer());
    const headers = { 'content-type': 'image/webp' };
    const response = await fetch(`${url}/v1/classify?attention=true`, { method: 'POST', body, headers });
    expect(response.status).toBe(200);
    const answer = await response.json();
    expect(answer).toMatchObject({ model: 'tiny', image: { width: 200, height: 100 }, tiles: 1 });
    expect(answer.predictions).toHaveLength(3);
    expect(answer.attention.overlay).toMatch(/^data:image\/png;base64,/);

    // Not among the formats that are safe for a stranger's bytes.
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>';
    const refused = await fetch(`${url}/v1/classify`, { method: 'POST', body: svg, headers });
    expect(refused.status).toBe(415);

    server.process.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('names a place that it may not write to in a sentence', async () => {
    const file = join(dirname(model), 'a-file');
    await writeFile(file, '');
    for (const folder of [file, join(file, 'below')]) {
      const { code, stderr } = await runCli('serve', '--port', '0', '--model', model, '--data-dir', folder);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: cannot (make|lock) \S+: (it is a file|a part of its path).*\n$/);
      expect(stderr).toContain(folder);
    }
  });
});
