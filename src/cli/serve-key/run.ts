import { appendFile, readFile } from 'node:fs/promises';
import { KeyRing, makeKey } from '../../../server/access/key-ring.js';
import { explainFileError } from '../../base/file-errors.js';
import type { ServeKeyFlags } from './flags.js';

/** Makes a key and prints it; its line goes into the file, or is printed as well. */
export async function serveKey(name: string, { file, admin, ...limits }: ServeKeyFlags): Promise<void> {
  const { key, line } = makeKey(name, { ...limits, isAdmin: admin });
  if (file === undefined) {
    process.stdout.write(`${key}\n${line}\n`);
    return;
  }
  const former = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw explainFileError(error, 'read', file);
  });
  const separator = former === '' || former.endsWith('\n') ? '' : '\n';
  // Refuses a second key of the name, and files with something else in them.
  KeyRing.parse(`${former}${separator}${line}\n`, file);
  await appendFile(file, `${separator}${line}\n`, { mode: 0o600 }).catch((error: unknown) => {
    throw explainFileError(error, 'write', file);
  });
  process.stdout.write(`${key}\n`);
}
