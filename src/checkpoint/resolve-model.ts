import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';
import { isModelFolder } from './model-folder.js';

/** Names of the models that come with the package. */
export function bundledModels(): string[] {
  const zoo = join(packageRoot(), 'models', 'zoo');
  if (!existsSync(zoo)) return [];
  return readdirSync(zoo).filter((name) => isModelFolder(join(zoo, name)));
}

/**
 * Finds a model by the path of its folder or by the name of one that comes with the package; a folder of that name in
 * the current directory comes first.
 * @returns the absolute path of the model's folder
 * @throws UserError listing the known names when it is neither
 */
export function resolveModel(nameOrPath: string): string {
  if (isModelFolder(nameOrPath)) return resolve(nameOrPath);
  const bundled = bundledModels();
  if (bundled.includes(nameOrPath)) return join(packageRoot(), 'models', 'zoo', nameOrPath);
  const known = bundled.length > 0 ? `The package brings ${bundled.join(', ')}` : 'The package brings none';
  const reason = existsSync(nameOrPath)
    ? `${nameOrPath} is not a model folder (config.json and model.safetensors); convert checkpoints with "vil convert".`
    : `there is no model "${nameOrPath}".`;
  throw new UserError(`${reason} ${known}; any other model is given as the path of its folder.`);
}
