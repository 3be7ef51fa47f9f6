import { readdir, readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';

/**
 * Text in UTF-8, without the byte order mark that programs on Windows put first.
 * @throws UserError when the file is missing or may not be read
 */
export async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/**
 * Reads a JSON file of a known form.
 * @param schema its form, or a choice among forms by what is in it
 * @param what it should be, for messages
 * @throws UserError naming the file and the first field that is wrong
 */
export async function readJson<Content>(
  path: string,
  schema: z.ZodType<Content> | ((json: unknown) => z.ZodType<Content>),
  what: string,
): Promise<Content> {
  const text = await readText(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return checked(json, typeof schema === 'function' ? schema(json) : schema, path, what);
}

function checked<Content>(json: unknown, schema: z.ZodType<Content>, path: string, what: string): Content {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const field = first!.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  throw new UserError(`${path} is no ${what}: ${field.replace(/^\./, '') || 'the file'}: ${first!.message}.`);
}

/**
 * Names of a folder's files with one of the extensions, sorted by code unit so that no locale changes the
 * order.
 * @param extensions matches the end of the names, e.g. /\.txt$/i
 * @throws UserError when the folder is missing or has no such file
 */
export async function filesOf(folder: string, extensions: RegExp, what: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw explainFileError(error, 'read', folder);
  });
  const files = names.filter((name) => extensions.test(name) && !name.startsWith('.')).sort();
  if (files.length === 0) throw new UserError(`${folder} has no ${what}.`);
  return files;
}

/** Numbers of a line's fields. @throws UserError naming the place and the field that is no finite number */
export function numbersOf(fields: readonly string[], place: string): number[] {
  return fields.map((field, index) => {
    const value = field === '' ? Number.NaN : Number(field);
    if (Number.isFinite(value)) return value;
    throw new UserError(`${place}: field ${index + 1}, '${field}', is no number.`);
  });
}
