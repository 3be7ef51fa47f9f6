import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/start-server.js';
import { exampleImage } from '../../src/example-image.js';
import { plain } from '../image/images.js';
import { startStandIn } from './running-server.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
if (missing && process.env.CI_REQUIRE_CHROMIUM === '1') {
  throw new Error(`The tests of the page need Chromium at ${executablePath}.`);
}
if (missing) console.warn(`Skipping the tests of the page: there is no Chromium at ${executablePath}.`);

describe.skipIf(missing)('the page', () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    server = await startStandIn();
    await server.ready;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });

  /** Keeps a picture of the page where a person can look at it. */
  async function keepScreenshot(name: string): Promise<void> {
    const kept = process.env.SCREENSHOTS;
    if (kept) await page.screenshot({ path: join(kept, `${name}.png`), fullPage: true });
  }

  it('classifies the example', async () => {
    await keepScreenshot('start');
    await page.getByRole('button', { name: /example/ }).click();
    await page.getByRole('region', { name: 'Result' }).waitFor();
    expect(await page.locator('#labels li').count()).toBe(3);
    expect(await page.locator('#facts').textContent()).toMatch(/1764 × 430 pixels[\s\S]*stand-in/);
    await keepScreenshot('example');
  });

  it('fades between the photograph and the attention', async () => {
    const photograph = page.locator('#photograph');
    expect(await photograph.evaluate((image) => getComputedStyle(image).opacity)).toBe('0');
    await page.getByRole('slider').focus();
    await page.keyboard.press('Home');
    expect(await photograph.evaluate((image) => getComputedStyle(image).opacity)).toBe('1');
    await keepScreenshot('photograph');
  });

  it('classifies a file chosen by keyboard or mouse', async () => {
    const path = join(folder, 'red.png');
    await writeFile(path, await plain(600, 400, { r: 200, g: 60, b: 40 }).png().toBuffer());
    await page.locator('#file').setInputFiles(path);
    await expect.poll(() => page.locator('#facts').textContent()).toMatch(/600 × 400/);
    expect(await page.locator('#labels li').first().textContent()).toMatch(/red/);
    await keepScreenshot('chosen');
  });

  it('shows pictures that a browser cannot decode', async () => {
    const path = join(folder, 'scan.tif');
    await writeFile(
      path,
      await plain(500, 300, { r: 60, g: 60, b: 200 }).tiff({ compression: 'lzw' }).toBuffer(),
    );
    await page.locator('#file').setInputFiles(path);
    await expect.poll(() => page.locator('#facts').textContent()).toMatch(/500 × 300/);
    await expect.poll(() => page.locator('#photograph').isVisible()).toBe(false);
    expect(await page.locator('#overlay').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(
      500,
    );
  });

  it('says what is wrong with a file', async () => {
    const path = join(folder, 'notes.png');
    await writeFile(path, 'no picture');
    await page.locator('#file').setInputFiles(path);
    await expect.poll(() => page.getByRole('status').textContent()).toMatch(/not an image of a known format/);
    expect(await page.getByRole('region', { name: 'Result' }).isVisible()).toBe(false);
    await keepScreenshot('wrong');
    // The browser itself logs the answer's status.
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/status of 415/)]);
  });

  it('takes a dropped file', async () => {
    const bytes = [...(await plain(320, 240, { r: 20, g: 200, b: 40 }).png().toBuffer())];
    await page.evaluate((content) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([new Uint8Array(content)], 'green.png', { type: 'image/png' }));
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }),
      );
    }, bytes);
    await expect.poll(() => page.locator('#facts').textContent()).toMatch(/320 × 240/);
    expect(await page.locator('#labels li').first().textContent()).toMatch(/green/);
  });

  it('fits a phone, in the dark too, without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('button', { name: /example/ }).click();
    await expect.poll(() => page.locator('#facts').textContent()).toMatch(/1764 × 430/);
    const { inner, scroll } = await page.evaluate(() => ({
      inner: innerWidth,
      scroll: document.documentElement.scrollWidth,
    }));
    expect(scroll).toBeLessThanOrEqual(inner);
    await keepScreenshot('phone');
  });

  it('keeps within its content security policy', () => {
    expect(existsSync(exampleImage())).toBe(true);
    expect(complaints).toEqual([]);
  });
});
