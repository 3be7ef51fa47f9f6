import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { integer, randomStream } from '../../../src/base/random.js';
import { openLine } from '../../../src/base/sealed-lines.js';
import { detectScene } from '../../../src/detect/scene/detect-scene.js';
import { BlobDetector, drawBlobs, randomBlobs } from './blobs.js';
import { MemorySource } from './memory-source.js';

const [width, height] = [1100, 900];
const blobs = randomBlobs(width, height);
const band = drawBlobs(width, height, blobs);
const cut = { tileSize: 256, overlap: 64 };
const program = fileURLToPath(new URL('./scene-process.ts', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterAll(() => rm(folder, { recursive: true }));

function run(stateFolder: string, detector = new BlobDetector()) {
  const source = new MemorySource(width, height, [band]);
  return detectScene({ source, detector, ...cut, stateFolder });
}

async function journalIn(state: string): Promise<string> {
  const names = await readdir(state);
  expect(names).toHaveLength(1);
  return join(state, names[0]!);
}

/** The journal as a version without checksums wrote it. */
function unsealed(text: string): string {
  const lines = text.trimEnd().split('\n');
  const values = lines.map((line) => {
    const { crc32: _crc, sealed: _sealed, ...value } = openLine(line)!.value as Record<string, unknown>;
    return value;
  });
  return `${values.map((value) => JSON.stringify(value)).join('\n')}\n`;
}

describe('a journal', () => {
  it('with a flipped bit gives the same result, or says that it cannot be used', async () => {
    const state = join(folder, 'flipped');
    const expected = await run(state);
    const path = await journalIn(state);
    const whole = await readFile(path);
    const header = whole.indexOf(10);
    const random = randomStream(5);
    for (let round = 0; round < 40; round++) {
      const flipped = Buffer.from(whole);
      const at = integer(random, whole.length);
      flipped[at]! ^= 1 << integer(random, 8);
      await writeFile(path, flipped);
      const detector = new BlobDetector();
      if (at <= header) {
        await expect(run(state, detector)).rejects.toThrow(/its first line.* is damaged/);
        continue;
      }
      const result = await run(state, detector);
      expect(result.detections).toEqual(expected.detections);
      expect(result.resumedTiles).toBeLessThan(expected.tiles);
      // A flip of a line feed damages two lines, and cuts off one that is the last.
      expect(result.damagedLines + Number(flipped.at(-1) !== 10)).toBeGreaterThanOrEqual(1);
      expect(detector.tiles).toHaveLength(expected.tiles - result.resumedTiles);
      expect((await run(state)).resumedTiles).toBe(expected.tiles);
    }
  });

  it('of a version without checksums is read, its tiles checked against the scene', async () => {
    const state = join(folder, 'old');
    const expected = await run(state);
    const path = await journalIn(state);
    const old = unsealed(await readFile(path, 'utf8'));
    await writeFile(path, old);
    expect(await run(state)).toMatchObject({ detections: expected.detections, damagedLines: 0 });
    const [header, ...lines] = old.trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line));
    const full = records.findIndex(({ scores }) => scores.length > 0);
    const changes = [
      { tile: 9999 },
      { boxes: records[full].boxes.slice(1) },
      { boxes: records[full].boxes.map((edge: number) => edge + 5000) },
      { classes: records[full].classes.map(() => 3) },
      { angles: [0] },
    ];
    for (const change of changes) {
      const changed = records.map((each, index) => (index === full ? { ...each, ...change } : each));
      await writeFile(path, `${[header, ...changed.map((each) => JSON.stringify(each))].join('\n')}\n`);
      const result = await run(state);
      expect(result).toMatchObject({ detections: expected.detections, damagedLines: 1 });
      expect(result.resumedTiles).toBe(expected.tiles - 1);
    }
  });

  it('that two runs began is used if they cut the scene alike, and refused if they did not', async () => {
    const state = join(folder, 'twice');
    const expected = await run(state);
    const path = await journalIn(state);
    const [header, ...lines] = unsealed(await readFile(path, 'utf8')).split('\n');
    await writeFile(path, [header, header, ...lines].join('\n'));
    expect(await run(state)).toMatchObject({ resumedTiles: expected.tiles, damagedLines: 0 });
    await writeFile(path, [header, header!.replace('256', '320'), ...lines].join('\n'));
    await expect(run(state)).rejects.toThrow('two runs wrote into it');
  });

  it('belongs to one of three processes that start together', async () => {
    const [scene, state] = [join(folder, 'scene.png'), join(folder, 'together')];
    await sharp(band, { raw: { width, height, channels: 1 } })
      .png()
      .toFile(scene);
    const start = (out: string) =>
      new Promise<{ code: number | null; stderr: string }>((resolve) => {
        const args = ['--import', import.meta.resolve('tsx'), program, scene, state, out, '40'];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
        let stderr = '';
        child.stderr.on('data', (data) => (stderr += data));
        child.on('close', (code) => resolve({ code, stderr }));
      });
    const ends = await Promise.all(['a', 'b', 'c'].map((name) => start(join(folder, `${name}.geojson`))));
    const refused = ends.filter(({ code }) => code !== 0);
    expect(refused).toHaveLength(2);
    for (const { stderr } of refused) expect(stderr).toContain('is in use by process');
    const lines = (await readFile(await journalIn(state), 'utf8')).trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('"version"'))).toHaveLength(1);
  });
});
