import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleImage } from '../../src/base/example-image.js';
import { detectScene, loadDetector, loadModel, openRaster } from '../../src/index.js';
import { hasChromium, launchChromium } from '../helpers/chromium.js';
import { installElsewhere } from '../helpers/installed-package.js';

const run = promisify(execFile);
const patience = 600_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until an address answers with success. */
async function answering(address: string, child: ChildProcess): Promise<void> {
  while (!(await fetch(address).catch(() => undefined))?.ok) {
    if (child.exitCode !== null)
      throw new Error(`The server of ${address} has ended with ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the browser example shows. */
interface PageResult {
  readonly device: string;
  readonly width: number;
  readonly height: number;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
  readonly count: number;
  readonly scores: readonly number[];
  readonly boxes: readonly number[];
}

describe('the examples, where the packed package is installed', () => {
  let project: string;
  let examples: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    project = await installElsewhere();
    examples = join(project, 'examples');
    await cp(join(project, 'node_modules', 'vision-longformer', 'examples'), examples, { recursive: true });
  }, patience);
  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    }
    await rm(project, { recursive: true });
  }, patience);

  function start(program: string, args: readonly string[], cwd: string): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], { cwd, stdio: 'ignore' });
    children.push(child);
    return child;
  }

  it(
    'library.mjs classifies and finds vehicles',
    async () => {
      const { stdout } = await run(process.execPath, ['library.mjs'], { cwd: examples });
      expect(stdout).toMatch(/^1764 x 430 pixels: resident 0\.4\d, parking 0\.\d\d, field 0\.\d\d$/m);
      expect(Number(/^(\d+) vehicles/m.exec(stdout)?.[1])).toBeGreaterThan(30);
      expect(stdout).toMatch(/\ncar,|,car,/);
    },
    patience,
  );

  it(
    'tfjs-kernel.mjs computes attention and its gradients in a tfjs program',
    async () => {
      const { stdout } = await run(process.execPath, ['tfjs-kernel.mjs'], { cwd: examples });
      expect(stdout).toMatch(/^cpu: mean square 0\.\d+$/m);
      expect(stdout.match(/^gradient of \S+: \[16,16\]$/gm)).toHaveLength(3);
    },
    patience,
  );

  it(
    'server-client.mjs asks a server',
    async () => {
      const port = await freePort();
      const installed = join(project, 'node_modules', 'vision-longformer');
      const models = ['--model', 'land-use', '--model', 'aerial-vehicles'];
      const args = ['serve', '--port', `${port}`, '--data-dir', join(project, 'data'), ...models];
      const child = start(join(installed, 'dist', 'src', 'cli', 'main.js'), args, project);
      const address = `http://127.0.0.1:${port}`;
      await answering(`${address}/readyz`, child);
      const { stdout } = await run(process.execPath, ['server-client.mjs', address], { cwd: examples });
      expect(stdout).toMatch(/^land-use: resident, score 0\.4\d$/m);
      expect(Number(/^(\d+) objects/m.exec(stdout)?.[1])).toBeGreaterThan(30);
    },
    patience,
  );

  it.skipIf(!hasChromium('The browser example'))(
    'browser/ is built by Vite, and finds in a page what Node.js finds, on WebGPU and on WebAssembly',
    async () => {
      const street = join(project, 'street.png');
      await sharp(exampleImage())
        .extract({ left: 350, top: 205, width: 144, height: 80 })
        .png()
        .toFile(street);
      const app = join(project, 'app');
      await cp(join(examples, 'browser'), app, { recursive: true });
      const vite = join(project, 'node_modules', 'vite', 'bin', 'vite.js');
      await run(process.execPath, [vite, 'build'], { cwd: app });
      const port = await freePort();
      const address = `http://127.0.0.1:${port}`;
      await answering(
        address,
        start(vite, ['preview', '--host', '127.0.0.1', '--port', `${port}`, '--strictPort'], app),
      );
      const browser = await launchChromium();
      try {
        for (const device of ['webgpu', 'wasm']) {
          const page = await browser.newPage();
          const complaints: string[] = [];
          page.on('console', (message) => {
            if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
          });
          page.on('pageerror', (error) => complaints.push(error.message));
          await page.goto(address);
          await page.locator('select').selectOption(device);
          await page.locator('input').setInputFiles(street);
          await page.locator('pre', { hasText: /"boxes"|error:/ }).waitFor({ timeout: 240_000 });
          const text = (await page.locator('pre').textContent())!;
          expect(text).not.toMatch(/error:/);
          await expectAsInNode(JSON.parse(text) as PageResult, device, street);
          expect(complaints).toEqual([]);
          await page.close();
        }
      } finally {
        await browser.close();
      }
    },
    patience,
  );
});

async function expectAsInNode(found: PageResult, device: string, image: string): Promise<void> {
  expect(found).toMatchObject({ device, width: 144, height: 80 });
  const model = await loadModel('land-use');
  const { labels } = await model.classify(image, { topK: 3 });
  await model.close();
  expect(found.labels.map(({ label }) => label)).toEqual(labels.map(({ label }) => label));
  for (const [rank, { score }] of labels.entries()) expect(found.labels[rank]!.score).toBeCloseTo(score, 2);
  const detector = await loadDetector('aerial-vehicles');
  const source = await openRaster(image);
  const { detections } = await detectScene({ source, detector });
  await source.close();
  await detector.close();
  expect(found.count).toBe(detections.count);
  expect(found.count).toBeGreaterThan(3);
  for (const [index, score] of found.scores.entries()) {
    expect(score).toBeCloseTo(detections.scores[index]!, 2);
    for (let edge = 0; edge < 4; edge++) {
      expect(Math.abs(found.boxes[4 * index + edge]! - detections.boxes[4 * index + edge]!)).toBeLessThan(
        0.5,
      );
    }
  }
}
