import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/**
 * Writes a folder of label files and grey images.
 * @param files text by path within the folder; an image where the text is `<width>x<height>`
 */
export async function labelFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vil-labels-'));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
    if (width === undefined) await writeFile(path, text);
    else await sharp({ create: { ...sides(width, height!), channels: 3, background: 'grey' } }).toFile(path);
  }
  return folder;
}

function sides(width: string, height: string) {
  return { width: Number(width), height: Number(height) };
}
