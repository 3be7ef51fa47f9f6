import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../base/errors.js';
import { isModelFolder } from './model-folder.js';
import { namedModels, packageScope, publishedModels } from './named-models.js';

/**
 * Finds a model by the path of its folder or by its name; a folder of that name in the current directory comes first.
 * @returns the absolute path of the model's folder
 * @throws UserError listing the known names when it is neither, and saying which package has it where one does
 */
export function resolveModel(nameOrPath: string): string {
  if (isModelFolder(nameOrPath)) return resolve(nameOrPath);
  const named = namedModels();
  const found = named.find(({ name }) => name === nameOrPath);
  if (found) return found.path;
  const names = named.map(({ name }) => name).join(', ');
  const known = named.length > 0 ? `Installed are ${names}` : 'None is installed';
  throw new UserError(
    `${whyNot(nameOrPath)} ${known} (see "vil models"); any other model is given as the path of its folder.`,
  );
}

function whyNot(nameOrPath: string): string {
  if (existsSync(nameOrPath)) {
    return `${nameOrPath} is not a model folder (config.json and model.safetensors); convert checkpoints with "vil convert".`;
  }
  if (publishedModels.some((name) => name === nameOrPath)) {
    const module = `${packageScope}/${nameOrPath}`;
    return `The model "${nameOrPath}" is not installed: it is a package of its own, "npm install ${module}", or "vil models add <its folder or archive>".`;
  }
  return `there is no model "${nameOrPath}".`;
}
