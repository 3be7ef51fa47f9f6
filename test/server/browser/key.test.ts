import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../../server/access/key-ring.js';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { RunningServer } from '../../../server/start-server.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { plain } from '../../image/images.js';
import { startWith } from '../running-server.js';
import { folderModel } from '../scenes/tiny-detector.js';
import { keepScreenshot, launch, middleColour, missing, resultOn, waiting } from './chromium.js';

describe.skipIf(missing)('a server that asks for keys', () => {
  let server: RunningServer;
  let browser: Browser;
  let folder: string;
  let key: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    const made = makeKey('visitor');
    key = made.key;
    const keyFile = join(folder, 'keys.txt');
    await writeFile(keyFile, made.line);
    const model = await writeTinyModel();
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits };
    const models = [async () => folderModel('classify', model, 'tiny', ['field'])];
    server = await startWith(models, { scenes, keyFile });
    await server.ready;
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  it('is given one by the page, for all that it asks', async () => {
    const page = await browser.newPage();
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 401) refused.push(new URL(response.url()).pathname);
    });
    await page.goto(server.url);
    const dialog = page.getByRole('dialog', { name: 'This server asks for a key' });
    const field = dialog.getByLabel('Key');
    await dialog.waitFor();
    expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await dialog.getByRole('alert').isVisible()).toBe(false);

    await field.fill('vil_guess');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('alert').textContent()).toBe('The server does not know this key.');
    expect(await field.inputValue()).toBe('');
    await keepScreenshot(page, 'key');

    // Who thinks better of it is told, can be asked again, and is asked again when it matters.
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect
      .poll(() => page.locator('#alert').textContent(), waiting)
      .toBe('This server asks for a key.');
    await page.getByRole('button', { name: 'Enter a key' }).click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    const path = join(folder, 'patch.png');
    await plain(300, 200, { r: 30, g: 120, b: 60 }).png().toFile(path);
    await page.locator('#file').setInputFiles(path);
    await field.fill(` ${key} `);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await resultOn(page);
    expect(await page.locator('#labels li').count()).toBe(3);
    // Tiles of the image and the heat map are asked for with the key as well.
    await page.locator('img.heat').waitFor(waiting);
    await expect.poll(async () => Math.abs((await middleColour(page))[1]! - 120), waiting).toBeLessThan(12);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as CSV' }).click(),
    ]);
    expect(await readFile(await file.path(), 'utf8')).toMatch(/^scene,label,score/);

    // The tab keeps it; nothing but the first questions was refused.
    await page.reload();
    await resultOn(page);
    expect(await dialog.isVisible()).toBe(false);
    expect(new Set(refused)).toEqual(new Set(['/v1/models']));
    expect(page.url()).not.toContain(key);
    await page.close();
  });

  it('is asked again for a scene by those who come without one', async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/#${crypto.randomUUID()}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Key').fill(key);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#alert').textContent(), waiting).toMatch(/no scene/);
    expect(await page.locator('#model option').count()).toBe(1);
    await page.close();
  });

  it('takes one by a button after the question was cancelled', async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    const button = page.getByRole('button', { name: 'Enter a key' });
    await button.click();
    await dialog.getByLabel('Key').fill(key);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#model option').count(), waiting).toBe(1);
    expect(await page.locator('#alert').textContent()).toBe('');
    expect(await button.isVisible()).toBe(false);
    await page.close();
  });
});
