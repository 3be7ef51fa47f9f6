import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file by what `write` puts into another one beside it. Readers see the old file or the new one, never a part of
 * it, and so does a machine that lost its power in between: the new one is on the disk before it takes the name. When
 * writing fails, as on a full disk, the old one stays and the new one is removed.
 * @param beforeRename what is to be done when the new file is whole and the old one still has the name
 */
export async function replaceFile<Result>(
  path: string,
  write: (partial: string) => Promise<Result>,
  beforeRename: (written: Result) => Promise<void> = async () => undefined,
): Promise<Result> {
  const partial = `${path}.partial`;
  try {
    const written = await write(partial);
    await sync(partial);
    await beforeRename(written);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A renamed file can vanish with the folder's entry for it. Windows cannot sync folders, and keeps its own log of them. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
