import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../../../server/problem.js';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { RunningServer } from '../../../server/start-server.js';
import { plain } from '../../image/images.js';
import { startWith } from '../running-server.js';
import { folderModel, writeTinyDetector } from '../scenes/tiny-detector.js';
import { coverage, keepScreenshot, launch, missing, resultOn, waiting } from './chromium.js';

describe.skipIf(missing)('the stage', () => {
  let folder: string;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  /** What the model finds in the shrunken image; undefined: it cannot be asked. */
  let found: unknown[] | undefined = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stage-'));
    const detector = folderModel('detect', await writeTinyDetector(folder), 'tiny-detector', [
      'car',
      'lorry',
    ]);
    if (detector.info.task !== 'detect') throw new Error('a detector');
    const detect = async () => {
      if (!found) throw new ProblemError(503, 'overloaded', 'Too much work.');
      const body = Uint8Array.from(Buffer.from(JSON.stringify(found)));
      return { width: 224, height: 224, tiles: 1, count: found.length, body };
    };
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits, threads: 1 };
    server = await startWith([async () => ({ ...detector, detect })], { scenes });
    await server.ready;
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(server.url);
  });

  async function send(width: number, height: number): Promise<void> {
    const path = join(folder, `${width}x${height}.png`);
    await writeFile(path, await plain(width, height, { r: 40, g: 90, b: 200 }).png().toBuffer());
    await page.locator('#file').setInputFiles(path);
  }

  /** How much of the side that limits it an image fills; less than 1 where it is cut or too small. */
  async function filled(ratio: number): Promise<number> {
    const { left, top, right, bottom } = await coverage(page);
    const stage = (await page.locator('#viewer').boundingBox())!;
    const [width, height] = [(right - left) * stage.width, (bottom - top) * stage.height];
    const isWhole = Math.abs(width / height / ratio - 1) < 0.02;
    return isWhole ? Math.max(right - left, bottom - top) : 0;
  }

  it.each([
    ['wide', 1500, 500],
    ['square', 900, 900],
    ['high', 500, 1400],
  ])(
    'shows all of a %s image, as large as it can, and again when its size changes',
    async (_, width, height) => {
      await send(width, height);
      await resultOn(page);
      const fitted = () => expect.poll(() => filled(width / height), waiting).toBeGreaterThan(0.985);
      await fitted();
      await page.setViewportSize({ width: 1000, height: 700 });
      await fitted();
      await page.setViewportSize({ width: 390, height: 800 });
      await fitted();
      await page.setViewportSize({ width: 1600, height: 900 });
      await fitted();
      await page.getByRole('button', { name: /Compare/ }).click();
      await page.locator('#shrunk').waitFor();
      await fitted();
    },
  );

  it('stays where a person has moved to when its size changes', async () => {
    await send(900, 900);
    await resultOn(page);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    const covered = async () => {
      const { left, top, right, bottom } = await coverage(page);
      return (right - left) * (bottom - top);
    };
    // But for a pixel at the edge.
    await expect.poll(covered, waiting).toBeGreaterThan(0.98);
    await page.setViewportSize({ width: 1100, height: 800 });
    await page.waitForTimeout(600);
    expect(await covered()).toBeGreaterThan(0.98);
    await page.getByRole('button', { name: 'Show the whole image' }).click();
    await expect.poll(() => filled(1), waiting).toBeGreaterThan(0.985);
  });

  it('shows the image as the browser decodes it until the server has prepared it', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/image.dzi', async (route) => {
      await held;
      await route.continue();
    });
    // The job may be over before anybody could look at its time.
    await page.evaluate(() => {
      const time = document.querySelector('#job-time')!;
      const times: (string | null)[] = [];
      Object.assign(window, { times });
      new MutationObserver(() => times.push(time.textContent)).observe(time, { childList: true });
    });
    await send(1200, 600);
    const preview = page.locator('#viewer img.preview');
    await preview.waitFor(waiting);
    expect(await preview.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1200);
    expect(await page.evaluate(() => (window as unknown as { times: string[] }).times)).toContain('0 s');
    await keepScreenshot(page, 'preview');
    release();
    await resultOn(page);
    await expect.poll(() => preview.count(), waiting).toBe(0);
    expect(await page.locator('#stage-note').textContent()).toBe('');
  });

  it('shows what the model answers where the image is shrunk', async () => {
    const box = { xmin: 56, ymin: 56, xmax: 112, ymax: 168 };
    found = [{ label: 'car', score: 0.75, box }];
    await send(1120, 560);
    await resultOn(page);
    await page.getByRole('button', { name: /Compare/ }).click();
    const answer = page.locator('#shrunk-answer');
    await expect
      .poll(() => answer.textContent(), waiting)
      .toMatch(/^At 224 × 224 the same model answers: 1 object\. At full resolution: [\d,]+ objects?\.$/);
    // Orange of the first class: the box of the square lies a quarter to a half across, a quarter to three quarters down.
    const drawn = await page.locator('#shrunk-view').evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
      let [left, right, bottom, blueLeft, blueRight, blueBottom] = [width, 0, 0, width, 0, 0];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [r, g, b, a] = data.slice(
            4 * (y * width + x),
            4 * (y * width + x) + 4,
          ) as unknown as number[];
          if (a! < 200) continue;
          [blueLeft, blueRight, blueBottom] = [
            Math.min(blueLeft, x),
            Math.max(blueRight, x),
            Math.max(blueBottom, y),
          ];
          if (Math.abs(r! - 230) + Math.abs(g! - 159) + Math.abs(b!) > 30) continue;
          [left, right, bottom] = [Math.min(left, x), Math.max(right, x), Math.max(bottom, y)];
        }
      }
      const across = blueRight - blueLeft;
      return {
        left: (left - blueLeft) / across,
        right: (right - blueLeft) / across,
        // The image's own height is half of its width.
        bottom: 1 - (blueBottom - bottom) / (across / 2),
      };
    });
    expect(drawn.left).toBeCloseTo(0.25, 1);
    expect(drawn.right).toBeCloseTo(0.5, 1);
    expect(drawn.bottom).toBeCloseTo(0.75, 1);
    // What is left out of the one is left out of the other.
    await page.getByRole('checkbox', { name: /^car/ }).uncheck();
    await expect.poll(() => answer.textContent(), waiting).toMatch(/answers: 0 objects\. /);
    found = [];
  });

  it('says why the model cannot be asked', async () => {
    found = undefined;
    await send(300, 300);
    await resultOn(page);
    await page.getByRole('button', { name: /Compare/ }).click();
    await expect
      .poll(() => page.locator('#shrunk-answer').textContent(), waiting)
      .toBe('tiny-detector could not be asked: Too much work.');
    found = [];
  });
});
