import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePage } from '../../scripts/bundle-page.js';
import { makeKey } from '../../server/access/key-ring.js';
import { defaultSceneLimits } from '../../server/scenes/scene-limits.js';
import type { RunningServer } from '../../server/start-server.js';
import { exampleImage } from '../../src/base/example-image.js';
import { packageRoot } from '../../src/base/package-root.js';
import { resolveModel } from '../../src/checkpoint/resolve-model.js';
import { writeTinyModel } from '../helpers/tiny-model.js';
import { plain } from '../image/images.js';
import { startWith } from './running-server.js';
import { folderModel } from './scenes/tiny-detector.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
if (missing && process.env.CI_REQUIRE_CHROMIUM === '1') {
  throw new Error(`The tests of the page need Chromium at ${executablePath}.`);
}
if (missing) console.warn(`Skipping the tests of the page: there is no Chromium at ${executablePath}.`);

const waiting = { timeout: 90_000 };

describe.skipIf(missing)('the page', () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  /** A part of the example with some thirty cars. */
  let street: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    street = join(folder, 'street.jpg');
    const box = { left: 340, top: 140, width: 640, height: 224 };
    await sharp(exampleImage()).extract(box).jpeg({ quality: 95 }).toFile(street);
    const vehicles = ['car', 'truck', 'bus', 'minibus'];
    const models = [
      async () => folderModel('detect', resolveModel('aerial-vehicles'), 'aerial-vehicles', vehicles),
      async () => folderModel('classify', resolveModel('land-use'), 'land-use', ['field', 'forest']),
    ];
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits };
    server = await startWith(models, { scenes });
    await server.ready;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    // Errors, and what the policy of the page has blocked.
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.getByLabel('Model', { exact: true }).selectOption('aerial-vehicles');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  /** Keeps an image of the page where a person can look at it. */
  async function keepScreenshot(name: string): Promise<void> {
    const kept = process.env.SCREENSHOTS;
    if (kept) await page.screenshot({ path: join(kept, `${name}.png`), fullPage: true });
  }

  const done = () => page.locator('#facts dt').first().waitFor(waiting);

  /** How many pixels of the layer of boxes are painted. */
  const painted = () =>
    page.locator('canvas.over').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at]! > 0) count++;
      return count;
    });

  it('takes a dropped image, shows its progress, and draws boxes around what was found', async () => {
    await keepScreenshot('start');
    const bytes = [...(await readFile(street))];
    await page.evaluate((content) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([new Uint8Array(content)], 'street.jpg', { type: 'image/jpeg' }));
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }),
      );
    }, bytes);
    await page.getByRole('progressbar', { name: 'street.jpg' }).waitFor();
    expect(new URL(page.url()).hash).toMatch(/^(#[0-9a-f-]{36})?$/);
    await done();
    expect(await page.getByRole('progressbar').isVisible()).toBe(false);
    expect(await page.locator('#facts').textContent()).toMatch(/640 × 224.*aerial-vehicles/);
    expect(Number.parseInt((await page.locator('#summary').textContent())!, 10)).toBeGreaterThan(10);
    await expect.poll(painted, waiting).toBeGreaterThan(1000);
    await keepScreenshot('detections');
  });

  it('leaves out what scores too low or is of a class not wanted', async () => {
    const before = await painted();
    const slider = page.getByRole('slider', { name: 'Score at least' });
    await slider.focus();
    for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowRight');
    expect(await page.locator('#summary').textContent()).toMatch(/^\d+ objects? of \d+$/);
    expect(await painted()).toBeLessThan(before);
    await page.keyboard.press('Home');
    expect(await painted()).toBe(before);
    await page.getByRole('checkbox', { name: /^car/ }).uncheck();
    expect(await painted()).toBeLessThan(before / 2);
    await page.getByRole('checkbox', { name: /^car/ }).check();
  });

  it('can be used by the keyboard alone: list, image, tools', async () => {
    await page.locator('#list-box summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const first = page.locator('#list li button').first();
    expect(await first.evaluate((button) => button === document.activeElement)).toBe(true);
    const before = await painted();
    await page.keyboard.press('Enter');
    expect(await first.getAttribute('aria-current')).toBe('true');
    expect(await page.locator('#status').textContent()).toMatch(/^\w+, \d+ %$/);
    await expect.poll(painted).not.toBe(before);
    await page.waitForTimeout(700);
    const zoomed = await painted();
    await page.locator('.openseadragon-canvas').focus();
    await page.keyboard.press('0');
    await expect.poll(painted).not.toBe(zoomed);
    const unnamed = await page.evaluate(() =>
      Array.from(document.querySelectorAll('button, input, select'))
        .filter((one) => one.checkVisibility())
        .filter((one) => {
          const { labels, textContent } = one as HTMLInputElement;
          return !(textContent?.trim() || one.getAttribute('aria-label') || labels?.length);
        })
        .map((one) => one.outerHTML),
    );
    expect(unnamed).toEqual([]);
  });

  it('shows beside it what a model sees that shrinks images', async () => {
    await page.getByRole('button', { name: /Compare/ }).click();
    const canvas = page.locator('#shrunk-view');
    await canvas.waitFor();
    const colours = () =>
      canvas.evaluate((element: HTMLCanvasElement) => {
        const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height);
        return new Set(
          Array.from(data, (_, at) =>
            at % 4 ? 0 : (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!,
          ),
        ).size;
      });
    await expect.poll(colours).toBeGreaterThan(500);
    await keepScreenshot('comparison');
    await page.getByRole('button', { name: /Compare/ }).click();
  });

  it('gives the result as files', async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as COCO' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('street.coco.json');
    const coco = JSON.parse(await readFile(await file.path(), 'utf8'));
    expect(coco.images).toEqual([{ id: 1, file_name: 'street.jpg', width: 640, height: 224 }]);
  });

  it('finds a scene again by its address, and fits a phone in the dark', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.reload();
    await done();
    await expect.poll(painted, waiting).toBeGreaterThan(300);
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(18, 16, 24)',
    );
    await keepScreenshot('phone');
    await page.getByRole('button', { name: 'New image' }).click();
    await page.locator('#start').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await keepScreenshot('phone-start');
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('classifies, and lays the attention over the image', async () => {
    await page.getByLabel('Model', { exact: true }).selectOption('land-use');
    await page.locator('#file').setInputFiles(street);
    await done();
    expect(await page.locator('#labels li').count()).toBe(5);
    const heat = page.locator('img.heat');
    await heat.waitFor(waiting);
    const opacity = () => heat.evaluate((image) => getComputedStyle(image).opacity);
    expect(await opacity()).toBe('0.8');
    await page.getByRole('slider', { name: 'Strength' }).press('End');
    expect(await opacity()).toBe('1');
    await page.getByLabel('Where the model looked').uncheck();
    expect(await opacity()).toBe('0');
    await keepScreenshot('classification');
    await page.getByRole('button', { name: 'Remove from the server' }).click();
    await page.locator('#start').waitFor();
  });

  it('says what is wrong with a file', async () => {
    const path = join(folder, 'notes.png');
    await writeFile(path, 'no image');
    await page.locator('#file').setInputFiles(path);
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/notes\.png is not an image/);
    expect(await page.locator('#start').isVisible()).toBe(true);
    await keepScreenshot('wrong');
    // The browser itself logs the answer's status.
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/status of 415/)]);
  });

  it('shows images that a browser cannot decode', async () => {
    const path = join(folder, 'scan.tif');
    await writeFile(
      path,
      await plain(500, 300, { r: 60, g: 60, b: 200 }).tiff({ compression: 'lzw' }).toBuffer(),
    );
    await page.locator('#file').setInputFiles(path);
    await page.locator('.openseadragon-canvas').waitFor(waiting);
    await done();
    expect(await page.locator('#facts').textContent()).toMatch(/500 × 300/);
    const blue = () =>
      page
        .locator('.openseadragon-canvas canvas:not(.over)')
        .first()
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
          return [...data];
        });
    await expect.poll(async () => Math.abs((await blue())[2]! - 200)).toBeLessThan(12);
  });

  it('keeps within its content security policy', () => {
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(missing)('run in this browser', () => {
  let server: RunningServer;
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-'));
    await bundlePage(join(packageRoot(), 'dist', 'server', 'public'));
    const model = await writeTinyModel();
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits };
    server = await startWith([async () => folderModel('classify', model, 'tiny', ['field'])], { scenes });
    await server.ready;
    const device = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...device] });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  it('gives the labels of the server, from the same weights on this machine’s GPU', async (context) => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
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
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
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
    const shown = process.env.SCREENSHOTS;
    if (shown) await page.screenshot({ path: join(shown, 'key.png') });

    // Who thinks better of it is told, and asked again when it matters.
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('#alert').textContent()).toBe('This server asks for a key.');
    const path = join(folder, 'patch.png');
    await plain(300, 200, { r: 30, g: 120, b: 60 }).png().toFile(path);
    await page.locator('#file').setInputFiles(path);
    await field.fill(` ${key} `);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await page.locator('#facts dt').first().waitFor(waiting);
    expect(await page.locator('#labels li').count()).toBe(3);
    // Tiles of the image and the heat map are asked for with the key as well.
    await page.locator('img.heat').waitFor(waiting);
    const green = () =>
      page
        .locator('.openseadragon-canvas canvas:not(.over)')
        .first()
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
          return data[1]!;
        });
    await expect.poll(async () => Math.abs((await green()) - 120), waiting).toBeLessThan(12);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as CSV' }).click(),
    ]);
    expect(await readFile(await file.path(), 'utf8')).toMatch(/^scene,label,score/);

    // The tab keeps it; nothing but the first questions was refused.
    await page.reload();
    await page.locator('#facts dt').first().waitFor(waiting);
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
    await expect.poll(() => page.locator('#alert').textContent()).toMatch(/no scene/);
    expect(await page.locator('#model option').count()).toBe(1);
    await page.close();
  });
});
