import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import { machineSchema } from '../../src/benchmark/machine.js';
import type { RowFlags } from '../../src/cli/benchmark/flags.js';

/** A built checkout of this repository, of any age: it is used through its command line alone. */
export interface Build {
  readonly folder: string;
  /** Its `vil`, to be run by Node.js. */
  readonly program: string;
}

/** @throws UserError when the folder is no checkout, or has not been built */
export function openBuild(folder: string): Build {
  const path = resolve(folder);
  if (!existsSync(path)) throw new UserError(`There is no folder ${path} to compare this build with.`);
  if (!statSync(path).isDirectory() || !existsSync(join(path, 'package.json'))) {
    throw new UserError(`${path} is not a checkout of this repository: it has no package.json.`);
  }
  const program = join(path, 'dist', 'src', 'cli', 'main.js');
  if (!existsSync(program)) {
    throw new UserError(`The checkout ${path} is not built. Run there: npm ci && npm run build`);
  }
  return { folder: path, program };
}

const measuredRow = z.object({
  seconds: z.number().positive(),
  peakRssBytes: z.number().positive(),
  machine: machineSchema,
});

/** What a build says of one row. */
export type BuildFigures = z.infer<typeof measuredRow>;

/**
 * Measures a row once with a build, in a process of its own.
 * @throws UserError naming the build and the row, when the build does not have the row or it failed there
 */
export async function measureWith(
  { folder, program }: Build,
  row: string,
  { threads, memoryLimit, timeLimit }: Pick<RowFlags, 'threads' | 'memoryLimit' | 'timeLimit'>,
): Promise<BuildFigures> {
  const limits = ['--threads', threads, '--memory-limit', memoryLimit, '--time-limit', timeLimit].map(String);
  const { stdout, stderr, code } = await run(
    [program, 'benchmark', '--only', row, '--json', ...limits],
    folder,
  );
  if (code !== 0) {
    const reason = stderr.trim().split('\n').at(0) || `it ended with code ${code}`;
    throw new UserError(`The build in ${folder} cannot measure ${row}: ${reason.replace(/^error: /, '')}`);
  }
  const parsed = measuredRow.safeParse(parseJson(stdout));
  if (parsed.success) return parsed.data;
  throw new UserError(`The build in ${folder} printed no time for ${row}: ${stdout.trim().slice(0, 200)}`);
}

function run(
  args: readonly string[],
  cwd: string,
): Promise<{ stdout: string; stderr: string; code: number | string }> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      done({ stdout, stderr, code: error ? (error.code ?? String(error.signal)) : 0 });
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
