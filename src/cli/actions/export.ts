import { readModelFolder } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { exportModel } from '../../engine/export-model.js';
import type { ExportFlags } from '../export.js';

/** Writes the ONNX files and prints their paths. */
export async function exportFiles({ model, out, size: chosen }: ExportFlags): Promise<void> {
  const folder = await readModelFolder(resolveModel(model));
  const [height, width] = folder.preprocessing.imageSize;
  for (const file of await exportModel(folder, out, chosen ?? { height, width })) {
    process.stdout.write(`${file}\n`);
  }
}
