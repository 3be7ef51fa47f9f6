import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { explainFileError } from '../src/base/file-errors.js';
import { machineSchema } from '../src/benchmark/machine.js';

const originSchema = z.object({ machine: machineSchema, command: z.string() });

/** Where figures come from: the machine, and the command that measures them again. */
export type Origin = Readonly<z.infer<typeof originSchema>>;

const ORIGIN_FILE = 'run.json';

/**
 * Keeps the origin of a run beside its journal: a report that is written later, with other flags or
 * elsewhere, names it.
 * @throws UserError when the folder cannot be written to
 */
export async function writeOrigin(folder: string, origin: Origin): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, ORIGIN_FILE), `${JSON.stringify(origin, null, 2)}\n`);
  } catch (error) {
    throw explainFileError(error, 'write', folder);
  }
}

/** The origin of the last run that wrote into a folder; undefined where none did. */
export async function readOrigin(folder: string): Promise<Origin | undefined> {
  const text = await readFile(join(folder, ORIGIN_FILE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : originSchema.parse(JSON.parse(text));
}
