import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedModel } from '../../../server/models/served-model.js';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { RunningServer } from '../../../server/start-server.js';
import { exampleImage } from '../../../src/base/example-image.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { plain } from '../../image/images.js';
import { startWith } from '../running-server.js';
import { folderModel } from '../scenes/tiny-detector.js';
import {
  complaintsOf,
  keepScreenshot,
  launch,
  middleColour,
  missing,
  painted,
  resultOn,
  waiting,
} from './chromium.js';

describe.skipIf(missing)('the page', () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  /** A part of the example with some thirty cars. */
  let street: string;
  let complaints: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    street = join(folder, 'street.jpg');
    const box = { left: 340, top: 140, width: 640, height: 224 };
    await sharp(exampleImage()).extract(box).jpeg({ quality: 95 }).toFile(street);
    const vehicles = ['car', 'truck', 'bus', 'minibus'];
    const detector = folderModel('detect', resolveModel('aerial-vehicles'), 'aerial-vehicles', vehicles);
    // Where the image is shrunk, it finds nothing.
    const nothing = { width: 224, height: 224, tiles: 1, count: 0, body: Uint8Array.from(Buffer.from('[]')) };
    const models = [
      async () => ({ ...detector, detect: async () => nothing }) as ServedModel,
      async () => folderModel('classify', resolveModel('land-use'), 'land-use', ['field', 'forest']),
    ];
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits };
    server = await startWith(models, { scenes });
    await server.ready;
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    complaints = complaintsOf(page);
    await page.goto(server.url);
    await page.getByLabel('Model', { exact: true }).selectOption('aerial-vehicles');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  it('takes a dropped image, shows its progress, and draws boxes around what was found', async () => {
    await keepScreenshot(page, 'start');
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
    await resultOn(page);
    expect(await page.getByRole('progressbar').isVisible()).toBe(false);
    expect(await page.locator('#facts').textContent()).toMatch(/640 × 224.*aerial-vehicles/);
    expect(Number.parseInt((await page.locator('#summary').textContent())!, 10)).toBeGreaterThan(10);
    await expect.poll(() => painted(page), waiting).toBeGreaterThan(1000);
    await keepScreenshot(page, 'detections');
  });

  it('leaves out what scores too low or is of a class not wanted', async () => {
    const before = await painted(page);
    const slider = page.getByRole('slider', { name: 'Score at least' });
    await slider.focus();
    for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowRight');
    expect(await page.locator('#summary').textContent()).toMatch(/^\d+ objects? of \d+$/);
    expect(await painted(page)).toBeLessThan(before);
    await page.keyboard.press('Home');
    expect(await painted(page)).toBe(before);
    await page.getByRole('checkbox', { name: /^car/ }).uncheck();
    expect(await painted(page)).toBeLessThan(before / 2);
    // No count without a list, and a list that says why it is empty.
    expect(await page.locator('#legend label').first().textContent()).toMatch(/^car\d+ hidden$/);
    expect(await page.locator('#list-empty').textContent()).toBe(
      'The classes of these objects are switched off.',
    );
    await page.getByRole('checkbox', { name: /^car/ }).check();
    expect(await page.locator('#legend label').first().textContent()).toMatch(/^car\d+$/);
    expect(await page.locator('#list-title').textContent()).toMatch(/^List of \d+ objects$/);
  });

  it('can be used by the keyboard alone: list, image, tools', async () => {
    await page.locator('#list-box summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const first = page.locator('#list li button').first();
    expect(await first.evaluate((button) => button === document.activeElement)).toBe(true);
    const before = await painted(page);
    await page.keyboard.press('Enter');
    expect(await first.getAttribute('aria-current')).toBe('true');
    expect(await page.locator('#status').textContent()).toMatch(/^\w+, \d+ %$/);
    await expect.poll(() => painted(page), waiting).not.toBe(before);
    await page.waitForTimeout(700);
    const zoomed = await painted(page);
    await page.locator('.openseadragon-canvas').focus();
    await page.keyboard.press('0');
    await expect.poll(() => painted(page), waiting).not.toBe(zoomed);
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
    await expect.poll(colours, waiting).toBeGreaterThan(500);
    await expect
      .poll(() => page.locator('#shrunk-answer').textContent(), waiting)
      .toMatch(/answers: 0 objects\. At full resolution: \d+ objects\.$/);
    await keepScreenshot(page, 'comparison');
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
    await resultOn(page);
    await expect.poll(() => painted(page), waiting).toBeGreaterThan(300);
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(18, 16, 24)',
    );
    await keepScreenshot(page, 'phone');
    await page.getByRole('button', { name: 'New image' }).click();
    await page.locator('#start').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await keepScreenshot(page, 'phone-start');
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('classifies, and lays the attention over the image', async () => {
    await page.getByLabel('Model', { exact: true }).selectOption('land-use');
    await page.locator('#file').setInputFiles(street);
    await resultOn(page);
    expect(await page.locator('#labels li').count()).toBe(5);
    const heat = page.locator('img.heat');
    await heat.waitFor(waiting);
    const opacity = () => heat.evaluate((image) => getComputedStyle(image).opacity);
    expect(await opacity()).toBe('0.8');
    // The legend has the colours that lie over the image.
    const legend = await page.locator('#heat-legend').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, 1);
      return { none: data[3], most: Array.from(data.slice(-4)) };
    });
    expect(legend).toEqual({ none: 0, most: [252, 255, 164, 255] });
    await page.getByRole('slider', { name: 'Strength' }).press('End');
    expect(await opacity()).toBe('1');
    await page.getByLabel('Where the model looked').uncheck();
    expect(await opacity()).toBe('0');
    await keepScreenshot(page, 'classification');
    await page.getByRole('button', { name: 'Remove from the server' }).click();
    await page.locator('#start').waitFor();
  });

  it('says what is wrong with a file', async () => {
    const path = join(folder, 'notes.png');
    await writeFile(path, 'no image');
    await page.locator('#file').setInputFiles(path);
    await expect
      .poll(() => page.getByRole('alert').textContent(), waiting)
      .toMatch(/notes\.png is not an image/);
    expect(await page.locator('#start').isVisible()).toBe(true);
    await keepScreenshot(page, 'wrong');
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
    await resultOn(page);
    expect(await page.locator('#facts').textContent()).toMatch(/500 × 300/);
    await expect.poll(async () => Math.abs((await middleColour(page))[2]! - 200), waiting).toBeLessThan(12);
  });

  it('keeps within its content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
