import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../base/package-root.js';
import { isModelFolder } from './model-folder.js';

/**
 * Where a model that has a name comes from: inside this package, an npm package of its own, or added by the user with
 * `vil models add`.
 */
export type ModelOrigin = 'bundled' | 'package' | 'added';

/** A model that `--model` knows by its name. */
export interface NamedModel {
  readonly name: string;
  /** Absolute path of its folder. */
  readonly path: string;
  readonly origin: ModelOrigin;
}

/** Scope of the npm packages that hold a model each, under the model's name. */
export const packageScope = '@vision-longformer';

/** Models that this project makes; which of them are there depends on what is installed. */
export const publishedModels = ['aerial-vehicles', 'aircraft', 'land-use', 'megapixel-mnist'] as const;

/**
 * Folder of the models that the user added: `VIL_MODELS`, else `vision-longformer/models` in `XDG_DATA_HOME` or in the place
 * that the system has for data of a user.
 */
export function addedModelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.VIL_MODELS) return resolve(environment.VIL_MODELS);
  const data =
    environment.XDG_DATA_HOME ||
    (process.platform === 'win32' && environment.LOCALAPPDATA) ||
    join(homedir(), '.local', 'share');
  return join(data, 'vision-longformer', 'models');
}

/** All models that have a name, in its order. Of several with one name the first counts: added, bundled, package. */
export function namedModels(): NamedModel[] {
  const found = [
    ...modelsIn(addedModelsFolder(), 'added'),
    ...modelsIn(join(packageRoot(), 'models', 'zoo'), 'bundled'),
    ...[packageRoot(), process.cwd()]
      .flatMap(withParents)
      .flatMap((folder) => modelsIn(join(folder, 'node_modules', packageScope), 'package')),
  ];
  const first = new Map<string, NamedModel>();
  for (const model of found) if (!first.has(model.name)) first.set(model.name, model);
  return [...first.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function modelsIn(folder: string, origin: ModelOrigin): NamedModel[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && isModelFolder(join(folder, name)))
    .map((name) => ({ name, path: join(folder, name), origin }));
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
