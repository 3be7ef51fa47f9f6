import { lstat, mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFileError } from './file-errors.js';

/**
 * Writes a file so that it is there whole or not at all, whatever kills the process.
 *
 * A link stays a link: the file that it leads to is replaced. What is neither file nor folder, as a device or a pipe,
 * stays too, and is written to.
 * @throws UserError when it cannot be written
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  try {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isFile() && !found.isDirectory()) return await writeFile(path, content);
    // Of a link that leads nowhere the file is made by writing through it.
    if (!found && (await isLink(path))) return await writeFile(path, content);
    await replaceFile(found ? await realpath(path) : path, content);
  } catch (error) {
    throw explainFileError(error, 'write', path);
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
}

async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
