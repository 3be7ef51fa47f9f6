import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { RunningServer } from '../../../server/start-server.js';
import { exampleImage } from '../../../src/base/example-image.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { startWith } from '../running-server.js';
import { folderModel } from '../scenes/tiny-detector.js';
import { complaintsOf, launch, missing, waiting } from './chromium.js';

describe.skipIf(missing)('run in this browser', () => {
  let server: RunningServer;
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-'));
    const model = await writeTinyModel();
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits };
    server = await startWith([async () => folderModel('classify', model, 'tiny', ['field'])], { scenes });
    await server.ready;
    const device = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
    browser = await launch(device);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  it('gives the labels of the server, from the same weights on this machine’s GPU', async (context) => {
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(server.url);
    const isThere = await page.evaluate(async () => !!(await navigator.gpu?.requestAdapter()));
    if (!isThere && process.env.CI_REQUIRE_CHROMIUM !== '1') context.skip('This Chromium has no WebGPU.');
    // Sides that are no multiples of the stride, and transparency: both are to be seen as the server sees them.
    const path = join(folder, 'patch.png');
    const patch = sharp(exampleImage()).extract({ left: 400, top: 200, width: 75, height: 61 });
    await patch.ensureAlpha(0.6).png().toFile(path);
    await page.getByLabel('Model', { exact: true }).selectOption('tiny');
    await page.locator('#file').setInputFiles(path);
    await page.getByRole('button', { name: 'Run in this browser' }).click(waiting);
    await page.locator('#local-table').waitFor({ timeout: 110_000 });
    const [, label, difference] = /^Both say (\w+); scores differ by at most ([\d.]+) /.exec(
      (await page.locator('#local-state').textContent())!,
    )!;
    expect(label).toBe(await page.locator('#labels li span').first().textContent());
    expect(Number(difference)).toBeLessThan(0.1);
    const rows = await page.locator('#local-table tbody tr').allTextContents();
    expect(rows).toHaveLength(4);
    expect(rows[3]).toMatch(/^time[\d.]+ s[\d.]+ s$/);
    expect(complaints).toEqual([]);
  });
});
