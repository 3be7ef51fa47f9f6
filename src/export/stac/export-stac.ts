import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { WEIGHTS_FILE } from '../../runtime/shared-weights.js';
import type { ExportSize } from '../export-model.js';
import { exportedModel, writeFiles } from '../export-model.js';
import { mlmItem } from './mlm-item.js';

/**
 * Writes a model as ONNX with a STAC item of the Machine Learning Model extension beside it, `item.json`.
 * @returns the paths of all files
 * @throws UserError when the folder cannot be written, or the model's name is none that the extension allows
 */
export async function exportStac(folder: ModelFolder, out: string, size: ExportSize): Promise<string[]> {
  const id = basename(folder.path);
  if (!/^[a-zA-Z][\w.\- ]+[a-zA-Z0-9]$/.test(id)) {
    throw new UserError(
      `${id} is no name for a model in STAC: it must begin with a letter, end with a letter or digit, and have letters, digits, ` +
        'dots, _ and - between. Rename its folder.',
    );
  }
  const { graph, files } = await exportedModel(folder, size);
  const weightBytes = files[WEIGHTS_FILE]!.length;
  const { mtime } = await stat(join(folder.path, 'model.safetensors'));
  const item = mlmItem({ id, folder, graph, weightBytes, created: mtime });
  return writeFiles(out, { ...files, 'item.json': `${JSON.stringify(item, undefined, 2)}\n` });
}
