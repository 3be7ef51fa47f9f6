import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import { readText } from './read-text.js';

// As YAML reads it, a class may be called 7 or true.
const name = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const paths = z.union([z.string(), z.array(z.string())]).nullish();

const schema = z.object({
  names: z.union([z.array(name), z.record(z.string().regex(/^\d+$/), name)]).nullish(),
  nc: z.coerce.number().int().positive().nullish(),
  /** Folder that the splits are relative to. */
  path: z.string().nullish(),
  train: paths,
  val: paths,
  validation: paths,
  test: paths,
});

/** A `data.yaml` of ultralytics' form, and where it lies. */
export interface DataYaml extends z.infer<typeof schema> {
  readonly file: string;
}

/** @throws UserError naming the file when it is not YAML, or the field that is wrong */
export async function readDataYaml(file: string): Promise<DataYaml> {
  let content: unknown;
  try {
    content = parseYaml(await readText(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} is not YAML: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return { ...parsed.data, file };
  const field = parsed.error.issues[0]!.path.join('.');
  throw new UserError(
    `${file} does not describe a data set: ${field || 'the file'}. It needs 'names', a list of class names.`,
  );
}

/**
 * The file that describes the data set of a folder: `data.yaml`, `dataset.yaml`, or the only YAML file in it.
 */
export async function findDataYaml(folder: string): Promise<string | undefined> {
  const files = (await readdir(folder)).filter((file) => /\.ya?ml$/i.test(file) && !file.startsWith('.'));
  const usual = ['data.yaml', 'dataset.yaml', 'data.yml', 'dataset.yml'].find((file) => files.includes(file));
  const found = usual ?? (files.length === 1 ? files[0] : undefined);
  return found && join(folder, found);
}

/**
 * Class names by index.
 * @throws UserError telling how to give them when the data set does not name its classes
 */
export async function readYoloNames(folder: string, yaml: DataYaml | undefined): Promise<readonly string[]> {
  if (yaml?.names) return namesOfYaml(yaml.names, yaml.file);
  for (const file of ['classes.txt', 'obj.names', 'labels/classes.txt']) {
    const path = join(folder, file);
    if (existsSync(path)) return (await readText(path)).trim().split(/\r?\n/);
  }
  if (yaml?.nc) return Array.from({ length: yaml.nc }, (_, index) => `class_${index}`);
  throw new UserError(
    `${folder} does not say what its classes are called. Add a classes.txt with one name a line, or a data.yaml with 'names'.`,
  );
}

function namesOfYaml(names: NonNullable<DataYaml['names']>, file: string): readonly string[] {
  if (Array.isArray(names)) return names;
  const indices = Object.keys(names).map(Number);
  if (indices.some((index) => index >= indices.length)) {
    throw new UserError(`${file}: 'names' must number its classes from 0 without a gap.`);
  }
  return indices.toSorted((a, b) => a - b).map((index) => names[index]!);
}
