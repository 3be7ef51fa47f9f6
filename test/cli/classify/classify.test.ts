import { access, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullReport, jsonReport, lineReport } from '../../../src/cli/classify/report.js';
import { imageFiles } from '../../../src/cli/image-files.js';
import { overlayPaths } from '../../../src/cli/overlay-files.js';
import { paceText } from '../../../src/cli/progress-line.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { convertByGdal } from '../../image/formats/convert-by-gdal.js';
import { jpeg2000 } from '../../image/formats/write-jpeg2000.js';
import { plain } from '../../image/images.js';
import { tinyTiff } from '../../image/raster/tiny-tiff.js';
import { runCli, startCli } from '../run-cli.js';

let model: string;
let folder: string;
beforeAll(async () => {
  model = await writeTinyModel();
  folder = await mkdtemp(join(tmpdir(), 'classify-'));
  await mkdir(join(folder, 'deep'));
  await writeFile(join(folder, 'b.png'), await plain(100, 60, { r: 200, g: 30, b: 30 }).png().toBuffer());
  await writeFile(
    join(folder, 'deep', 'a.jpg'),
    await plain(64, 64, { r: 3, g: 30, b: 90 }).jpeg().toBuffer(),
  );
  await writeFile(join(folder, 'bad.tif'), 'not an image');
  await writeFile(join(folder, 'notes.txt'), 'not even meant to be one');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(dirname(model), { recursive: true });
});

// Each starts a program that loads everything.
const patience = { timeout: 300_000 };

describe('vil classify', patience, () => {
  it('keeps the results of good files when others are bad', async () => {
    const drawn = join(folder, 'drawn');
    const gone = join(folder, 'gone.png');
    const { code, stdout, stderr } = await runCli(
      'classify',
      folder,
      gone,
      '--model',
      model,
      '--json',
      '--attention',
      drawn,
    );
    expect(code).toBe(1);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const files = lines.map(({ file }) => relative(folder, file));
    expect(files).toEqual(['gone.png', 'b.png', 'bad.tif', 'deep/a.jpg']);
    expect(lines[0].error).toMatch(/gone\.png: there is no such file/);
    expect(lines[1]).toMatchObject({ width: 100, height: 60, tiles: 1, predictions: [{}, {}, {}] });
    expect(lines[2].error).toMatch(/bad\.tif is not an image/);
    expect(lines[3].predictions[0]).toEqual({ label: expect.any(String), score: expect.any(Number) });
    expect(stderr).toMatch(/error: .*gone\.png[\s\S]*error: .*bad\.tif/);
    expect(lines[1].attention).toBe(join(drawn, 'b.png.attention.png'));
    expect(await sharp(lines[1].attention).metadata()).toMatchObject({
      format: 'png',
      width: 100,
      height: 60,
    });
    await expect(access(join(drawn, 'bad.tif.attention.png'))).rejects.toThrow(/ENOENT/);
    await rm(drawn, { recursive: true });
  });

  it('reads what vil detect reads, and says how samples without a range are shown', async () => {
    const scenes = await mkdtemp(join(tmpdir(), 'scenes-'));
    const [width, height] = [64, 32];
    const sample = (x: number, y: number, band: number) => (3 * x + 5 * y + 60 * band) % 256;
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
      const pixel = Math.floor(at / 3);
      return sample(pixel % width, Math.floor(pixel / width), at % 3);
    });
    const png = sharp(pixels, { raw: { width, height, channels: 3 } }).png();
    await writeFile(join(scenes, 'a.png'), await png.toBuffer());
    await writeFile(join(scenes, 'b.jp2'), await jpeg2000({ width, height, bands: 3, bits: 8 }, pixels));
    const tiff = { width, height, bands: 3, bits: 8, sample };
    await writeFile(join(scenes, 'c.tif'), tinyTiff(tiff));
    await convertByGdal(join(scenes, 'c.tif'), join(scenes, 'c.img'), ['-of', 'HFA']);
    await convertByGdal(join(scenes, 'c.tif'), join(scenes, 'c.dat'), ['-of', 'ENVI']);
    const floats = { bits: 32, float: true, sample: (x: number, y: number) => x / 10 - y };
    await writeFile(join(scenes, 'd.tif'), tinyTiff({ ...tiff, ...floats }));
    const { code, stdout, stderr } = await runCli('classify', scenes, '--model', model, '--json');
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const names = lines.map(({ file }) => relative(scenes, file));
    expect(names).toEqual(['a.png', 'b.jp2', 'c.dat', 'c.img', 'c.tif', 'd.tif']);
    for (const { predictions } of lines.slice(0, 5)) expect(predictions).toEqual(lines[0].predictions);
    expect(lines[5].notes).toEqual([expect.stringMatching(/stretched from the 2nd/)]);
    expect(stderr).toMatch(/d\.tif: Its samples have no black and white/);
    // With a mask beside it, it is another image.
    const mask = { ...tiff, bands: 1, sample: (x: number) => (x < 32 ? 0 : 255) };
    await writeFile(join(scenes, 'a.png.msk'), tinyTiff(mask));
    const masked = await runCli('classify', join(scenes, 'a.png'), '--model', model, '--json');
    expect(JSON.parse(masked.stdout).predictions).not.toEqual(lines[0].predictions);
    await rm(scenes, { recursive: true });
  });

  it('says which files of a folder it skips, and names a few of them', async () => {
    const mixed = await mkdtemp(join(tmpdir(), 'mixed-'));
    for (let index = 0; index < 8; index++) await writeFile(join(mixed, `${index}.xyz`), 'anything');
    await copyFile(join(folder, 'b.png'), join(mixed, 'b.png'));
    const one = await runCli('classify', folder, '--model', model);
    expect(one.stderr).toContain(`Skipped 1 file in ${folder} without the ending of an image: notes.txt.\n`);
    const many = await runCli('classify', mixed, '--model', model);
    expect(many).toMatchObject({ code: 0, stdout: expect.stringContaining('b.png') });
    expect(many.stderr).toContain(
      `Skipped 8 files in ${mixed} without the ending of an image: 0.xyz, 1.xyz, 2.xyz, 3.xyz, 4.xyz and 3 more.\n`,
    );
    await rm(join(mixed, 'b.png'));
    const none = await runCli('classify', mixed, '--model', model);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/^Skipped 8 files.*\nerror: The folder .* holds no image/);
    await rm(mixed, { recursive: true });
  });

  it('stops cleanly on Ctrl-C', async () => {
    const image = join(folder, 'b.png');
    const run = startCli('classify', ...Array.from({ length: 2000 }, () => image), '--model', model);
    await run.printed(/b\.png: /);
    run.process.kill('SIGINT');
    const { signal, stdout, stderr } = await run.finished;
    expect(signal).toBe('SIGINT');
    expect(stderr).toMatch(/^Stopped after \d+ of 2000 files\.$/m);
    expect(stdout).toMatch(/\n$/);
  });
});

describe('its parts', () => {
  it('find the images of folders, in order, and take files as they are', async () => {
    const names = (await imageFiles([folder, join(folder, 'notes.txt')])).map(({ name }) => name);
    expect(names).toEqual(['b.png', 'bad.tif', 'deep/a.jpg', 'notes.txt']);
    await expect(imageFiles([model])).rejects.toThrow(/holds no image/);
  });

  it('name an image for each image', () => {
    const file = (name: string) => ({ path: `/in/${name}`, name });
    expect(overlayPaths('out.png', [file('a.jpg')])).toEqual(['out.png']);
    expect(overlayPaths('out', [file('a.jpg'), file('sub/a.jpg'), file('a.jpg')])).toEqual([
      'out/a.jpg.attention.png',
      'out/sub/a.jpg.attention.png',
      'out/a.jpg.2.attention.png',
    ]);
    expect(overlayPaths(folder, [file('a.jpg')])).toEqual([join(folder, 'a.jpg.attention.png')]);
    expect(() => overlayPaths('out.png', [file('a.jpg'), file('b.jpg')])).toThrow(
      /must be a folder for 2 images/,
    );
    expect(() => overlayPaths('out.jpg', [file('a.jpg')])).toThrow(/ends in \.png/);
    expect(() => overlayPaths('/in/a.png', [file('a.png')])).toThrow(/would overwrite/);
  });

  it('report a result for people and for programs', () => {
    const labels = [
      { label: 'harbour', score: 0.912345678 },
      { label: 'river', score: 0.05 },
    ];
    const result = { labels, width: 9000, height: 4000, tiles: 6, seconds: 12.3456 };
    const entry = { file: { path: 'x.tif', name: 'x.tif' }, result };
    expect(fullReport(entry)).toBe(
      'x.tif: 9000 x 4000 pixels, 12.35 s, 6 tiles\n   91.2 %  harbour\n    5.0 %  river',
    );
    expect(lineReport(entry)).toBe('x.tif: harbour 91.2 %, river 5.0 %');
    expect(JSON.parse(jsonReport(entry))).toEqual({
      file: 'x.tif',
      predictions: [
        { label: 'harbour', score: 0.912346 },
        { label: 'river', score: 0.05 },
      ],
      width: 9000,
      height: 4000,
      tiles: 6,
      seconds: 12.346,
    });
  });

  it('tell how long it still takes', () => {
    expect(paceText(0, 340, 'file', 1)).toBe('0 of 340 files');
    expect(paceText(0, 1, 'file', 1)).toBe('0 of 1 file');
    expect(paceText(10, 340, 'file', 20)).toBe('10 of 340 files, 11 min 00 s left');
  });
});
