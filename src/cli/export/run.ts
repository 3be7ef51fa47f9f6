import { readModelFolder } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { exportModel } from '../../export/export-model.js';
import { exportTriton } from '../../export/triton/export-triton.js';
import type { ExportFlags } from './flags.js';

/** Writes the files and prints their paths. */
export async function exportFiles({
  model,
  out,
  size: chosen,
  target,
  maxBatch,
}: ExportFlags): Promise<void> {
  const folder = await readModelFolder(resolveModel(model));
  const [height, width] = folder.preprocessing.imageSize;
  const size = chosen ?? { height, width };
  const files = await (target === 'triton'
    ? exportTriton(folder, out, { ...size, maxBatch })
    : exportModel(folder, out, size));
  for (const file of files) process.stdout.write(`${file}\n`);
}
