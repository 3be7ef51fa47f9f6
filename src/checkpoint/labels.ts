import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';

const labelsSchema = z.array(z.string().trim().min(1)).min(1);

/**
 * Reads class names in the order of the logits: a JSON array of strings, or a text file with one name a line.
 * @throws UserError naming the file when it is missing or holds no names
 */
export async function readLabels(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  const isJson = extname(path).toLowerCase() === '.json';
  const parsed = labelsSchema.safeParse(isJson ? parseJson(text, path) : text.trim().split(/\r?\n/));
  if (!parsed.success)
    throw new UserError(`${path} holds no list of class names:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
