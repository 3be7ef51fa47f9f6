import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowOnly } from '../../../src/detect/queue/allowed-places.js';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'allowed-')));
  await mkdir(join(folder, 'scenes'));
  await mkdir(join(folder, 'scenes-of-others'));
  await writeFile(join(folder, 'scenes', 'a.tif'), '');
  await writeFile(join(folder, 'secret.tif'), '');
  await symlink(join(folder, 'secret.tif'), join(folder, 'scenes', 'link.tif'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('allowOnly', () => {
  const check = (place: string) =>
    allowOnly([join(folder, 'scenes'), 'data.example', 'other.example:8080', 's3://data'])!.check(place);

  it('takes what lies in a folder or on a host', async () => {
    await check(join(folder, 'scenes', 'a.tif'));
    await check('https://data.example/a/b.tif?x=1');
    await check('http://other.example:8080/a.tif');
    await check('s3://data/a.tif');
  });

  it.each([['scenes/../secret.tif'], ['scenes/link.tif'], ['scenes-of-others/a.tif'], ['secret.tif']])(
    'refuses %s',
    async (path) => {
      await expect(check(`${folder}/${path}`)).rejects.toThrow('is not under what this worker may open');
    },
  );

  it.each([
    'https://data.example.evil.test/a.tif',
    'https://data.example@evil.test/a.tif',
    'http://other.example/a.tif',
    'file:///etc/hostname',
    's3://bucket/a.tif',
    // A bucket is no host, and a host no bucket.
    's3://data.example/a.tif',
    'gs://data/a.tif',
    'https://data/a.tif',
    'ftp://data.example/a.tif',
  ])('refuses %s', async (address) => {
    await expect(check(address)).rejects.toThrow('is not under what this worker may open');
  });
});
