import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { RunningServer } from '../../../server/start-server.js';
import { drawBlobs, randomBlobs } from '../../detect/scene/blobs.js';
import { startWith } from '../running-server.js';
import { folderModel, writeTinyDetector } from '../scenes/tiny-detector.js';
import { keepScreenshot, launch, missing, resultOn, waiting } from './chromium.js';

describe.skipIf(missing)('a page whose server goes away', () => {
  let folder: string;
  let detector: string;
  let scene: string;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connection-'));
    detector = await writeTinyDetector(folder);
    scene = join(folder, 'blobs.png');
    const [width, height] = [1000, 800];
    const band = drawBlobs(width, height, randomBlobs(width, height));
    await writeFile(
      scene,
      await sharp(band, { raw: { width, height, channels: 1 } })
        .png()
        .toBuffer(),
    );
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  const start = async (port: number) => {
    const models = [async () => folderModel('detect', detector, 'tiny-detector', ['car', 'lorry'])];
    const scenes = { folder: join(folder, 'data'), limits: defaultSceneLimits, threads: 1 };
    server = await startWith(models, { port, scenes });
    await server.ready;
  };
  beforeEach(async () => {
    await start(0);
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(server.url);
    // Small tiles make the work long enough to be in the middle of it.
    await page.route('**/v1/scenes?*', (route) =>
      route.continue({ url: `${route.request().url()}&tile_size=96&overlap=32&threshold=0.005` }),
    );
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });

  const lost = () => page.locator('#connection').textContent();
  const tilesDone = async () =>
    Number(
      /^([\d,]+) of/.exec((await page.locator('#job-state').textContent()) ?? '')?.[1]?.replace(',', ''),
    );

  it('says so, and goes on with the job when it is back', async () => {
    await page.locator('#file').setInputFiles(scene);
    await expect.poll(tilesDone, waiting).toBeGreaterThan(3);
    const { port } = new URL(server.url);
    await server.close();
    await expect.poll(lost, waiting).toMatch(/connection to the server is lost/);
    expect(await page.locator('#alert').textContent()).toBe('');
    await keepScreenshot(page, 'lost');
    await start(Number(port));
    await expect.poll(lost, waiting).toBe('');
    await resultOn(page);
    expect(await page.locator('#summary').textContent()).toMatch(/^[\d,]+ objects$/);
  });

  it('tries an upload again that did not get through', async () => {
    let attempts = 0;
    await page.route('**/v1/scenes?*', (route) => (attempts++ < 2 ? route.abort() : route.fallback()));
    await page.locator('#file').setInputFiles(scene);
    await expect.poll(lost, waiting).toMatch(/connection to the server is lost/);
    await expect.poll(tilesDone, waiting).toBeGreaterThan(0);
    expect(await lost()).toBe('');
    expect(attempts).toBe(3);
  });

  it('lets a person leave a running job, says that it goes on, and lists it', async () => {
    await page.locator('#file').setInputFiles(scene);
    await expect.poll(tilesDone, waiting).toBeGreaterThan(0);
    expect(await page.locator('#job-time').textContent()).toMatch(/^\d+ s$/);
    await page.getByRole('button', { name: 'New image' }).click();
    expect(await page.locator('#status').textContent()).toBe(
      'The server goes on with blobs.png: it is in the list of recent scenes.',
    );
    const row = page.locator('#recent-list li');
    await expect
      .poll(() => row.textContent(), waiting)
      .toMatch(/^blobs\.pngtiny-detector, .*(at work|done)$/);
    await keepScreenshot(page, 'recent');
    await row.getByRole('link', { name: 'blobs.png' }).click();
    await resultOn(page);
    expect(await page.locator('#title').textContent()).toBe('blobs.png');
    await page.getByRole('button', { name: 'Remove from the server' }).click();
    await page.locator('#start').waitFor();
    expect(await page.locator('#recent').isVisible()).toBe(false);
  });

  it('warns a person who would lose an upload by leaving', async () => {
    await page.route('**/v1/scenes?*', () => undefined);
    await page.locator('#file').setInputFiles(scene);
    // Browsers ask only where a person has done something.
    await page.locator('#job-name').click();
    const question = page.waitForEvent('dialog');
    await page.evaluate(() => setTimeout(() => location.reload()));
    const dialog = await question;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await page.getByRole('button', { name: 'New image' }).click();
    expect(await page.locator('#status').textContent()).toBe('blobs.png is not sent any further.');
    // Nothing is lost any more.
    await page.reload();
    await page.locator('#start').waitFor();
  });

  it('leaves no recent scene in the list that the server no longer has', async () => {
    const gone = {
      id: crypto.randomUUID(),
      name: '<b>gone</b>',
      model: 'm',
      created: new Date(0).toISOString(),
    };
    const store = (scenes: unknown) =>
      page.evaluate((text) => localStorage.setItem('vision-longformer-scenes', text), JSON.stringify(scenes));
    await store([gone, 'nonsense', { id: 1 }]);
    // While the server is silent about it, what is remembered is shown, and never as markup.
    await page.route(`**/v1/scenes/${gone.id}`, async (route) => {
      await expect
        .poll(() => page.locator('#recent-list li strong').textContent(), waiting)
        .toBe('<b>gone</b>');
      await route.continue();
    });
    await page.reload();
    await expect
      .poll(() => page.evaluate(() => localStorage.getItem('vision-longformer-scenes')), waiting)
      .toBe('[]');
    expect(await page.locator('#recent').isVisible()).toBe(false);
  });
});
