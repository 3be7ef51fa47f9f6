import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import { packageRoot } from '../../src/base/package-root.js';
import { type ExperimentResult, experimentResultSchema, resultFile } from './result.js';

/** Where the results lie that come with the sources. */
export function resultsFolder(): string {
  return join(packageRoot(), 'docs', 'benchmark', 'results');
}

/**
 * Results of several folders; where a model, canvas and seed is in more than one, the last folder's counts.
 */
export async function readAllResults(folders: readonly string[]): Promise<ExperimentResult[]> {
  const results = (await Promise.all(folders.map((folder) => readResults(folder)))).flat();
  return [...new Map(results.map((result) => [resultFile(result), result])).values()];
}

/**
 * The results of a folder, by file name; none where there is no such folder, as in an installed package.
 * @throws UserError naming the file that is no result
 */
export async function readResults(folder = resultsFolder()): Promise<ExperimentResult[]> {
  return readJsonFiles(folder, experimentResultSchema);
}

/** All JSON files of a folder, by name. */
export async function readJsonFiles<T>(folder: string, schema: z.ZodType<T>): Promise<T[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      const parsed = schema.safeParse(JSON.parse(await readFile(join(folder, file), 'utf8')));
      if (parsed.success) return parsed.data;
      throw new UserError(`${join(folder, file)} is wrong:\n${z.prettifyError(parsed.error)}`);
    }),
  );
}
