import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Puts the entries of a folder on the disk: a file that was synced can still vanish with the folder's entry for it.
 * Windows cannot sync folders, and keeps its own log of them.
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Bytes of all files below a folder; 0 where there is none. */
export async function folderBytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    // It may have been removed since it was listed.
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

/** Writes a file piece by piece; it is on the disk when the promise resolves. */
export async function writeSynced(
  path: string,
  work: (write: (piece: Uint8Array) => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await work((piece) => file.writeFile(piece));
    await file.sync();
  } finally {
    await file.close();
  }
}
