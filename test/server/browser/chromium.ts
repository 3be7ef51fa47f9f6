import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { bundlePage } from '../../../scripts/bundle-page.js';
import { packageRoot } from '../../../src/base/package-root.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Whether the tests of the page have to be skipped. */
export const missing = !existsSync(executablePath);
if (missing && process.env.CI_REQUIRE_CHROMIUM === '1') {
  throw new Error(`The tests of the page need Chromium at ${executablePath}.`);
}
if (missing) console.warn(`Skipping tests of the page: there is no Chromium at ${executablePath}.`);

/** Bundles the page as it is now, and starts a browser. */
export async function launch(args: readonly string[] = []): Promise<Browser> {
  await bundlePage(join(packageRoot(), 'dist', 'server', 'public'));
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
}

/** Errors of a page, and what its content security policy has blocked, as they come. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** For what a busy machine takes its time with. */
export const waiting = { timeout: 90_000 };

/** Keeps an image of the page where a person can look at it: in the folder SCREENSHOTS. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Waits until the result of a scene is on the page. */
export async function resultOn(page: Page): Promise<void> {
  await page.locator('#facts dt').first().waitFor(waiting);
}

/** How many pixels of the layer of boxes are painted. */
export function painted(page: Page): Promise<number> {
  return page.locator('#viewer canvas.over').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]! > 0) count++;
    return count;
  });
}

/** The part of the stage that the image covers, in shares of its width and height, from its tiles as they are drawn. */
export function coverage(page: Page): Promise<{ left: number; top: number; right: number; bottom: number }> {
  return page
    .locator('#viewer .openseadragon-canvas canvas:not(.over)')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
      let [left, top, right, bottom] = [width, height, 0, 0];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (data[4 * (y * width + x) + 3]! < 128) continue;
          [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
          [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
        }
      }
      return { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
    });
}

/** The colour in the middle of the stage, as it is drawn of the tiles: red, green, blue. */
export function middleColour(page: Page): Promise<number[]> {
  return page
    .locator('#viewer .openseadragon-canvas canvas:not(.over)')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
      return Array.from(data.slice(0, 3));
    });
}
