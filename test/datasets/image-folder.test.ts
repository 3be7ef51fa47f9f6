import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readImageFolder } from '../../datasets/image-folder.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vil-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

async function fill(files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), '');
  }
}

describe('readImageFolder', () => {
  it('sorts classes and images by code unit and ignores what is no image', async () => {
    await fill(['b/2.jpg', 'b/10.PNG', 'a/x.webp', 'B/y.tif', 'b/notes.txt', 'readme.md', '.cache/z.jpg']);
    const { classes, images } = await readImageFolder(root);
    expect(classes).toEqual(['B', 'a', 'b']);
    const relative = images.map(({ path, label }) => `${label} ${path.slice(root.length + 1)}`);
    expect(relative).toEqual(['0 B/y.tif', '1 a/x.webp', '2 b/10.PNG', '2 b/2.jpg']);
  });

  it("keeps the model's class order, also when a class has no folder", async () => {
    await fill(['a/1.jpg', 'c/1.jpg']);
    const { classes, images } = await readImageFolder(root, ['c', 'b', 'a']);
    expect(classes).toEqual(['c', 'b', 'a']);
    expect(images.map(({ label }) => label)).toEqual([2, 0]);
  });

  it('names the folder and what is wrong with it', async () => {
    await expect(readImageFolder(join(root, 'absent'))).rejects.toThrow(/absent: does it exist/);
    await expect(readImageFolder(root)).rejects.toThrow(/no class folders/);
    await fill(['a/1.jpg', 'empty/notes.txt']);
    await expect(readImageFolder(root)).rejects.toThrow(/empty has no images/);
    await expect(readImageFolder(root, ['b'])).rejects.toThrow(/'a' that the model does not know.*b/);
  });
});
