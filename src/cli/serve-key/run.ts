import { appendFile, readFile } from 'node:fs/promises';
import { KeyRing, makeKey, renewKey } from '../../../server/access/key-ring.js';
import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';
import { writeAtomically } from '../../base/write-atomically.js';
import type { ServeKeyFlags } from './flags.js';

/** Makes a key and prints it; its line goes into the file, or is printed as well. */
export async function serveKey(
  name: string,
  { file, admin, renew, ...limits }: ServeKeyFlags,
): Promise<void> {
  if (renew) return renewInFile(name, file);
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

/** Gives a name in a file another key, and prints it. @throws UserError when it is not there */
async function renewInFile(name: string, file: string | undefined): Promise<void> {
  if (file === undefined) throw new UserError('--renew needs the file that the key is in: --file <file>.');
  const former = await readFile(file, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', file);
  });
  const { key, text } = renewKey(former, file, name);
  await writeAtomically(file, text);
  process.stdout.write(`${key}\n`);
}
