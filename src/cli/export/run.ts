import { UserError } from '../../base/errors.js';
import { readModelFolder } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { CALIBRATION_IMAGES } from '../../export/calibrate.js';
import { exportModel } from '../../export/export-model.js';
import { exportStac } from '../../export/stac/export-stac.js';
import { exportTriton } from '../../export/triton/export-triton.js';
import { imageFiles } from '../image-files.js';
import { plural } from '../plural.js';
import type { ExportFlags } from './flags.js';

const exportTo = { onnx: exportModel, triton: exportTriton, 'stac-mlm': exportStac } as const;

/** Writes the files and prints their paths. */
export async function exportFiles({
  model,
  out,
  size: chosen,
  int8,
  calibrate,
  target,
  maxBatch,
}: ExportFlags): Promise<void> {
  if (Boolean(int8) !== Boolean(calibrate)) {
    throw new UserError('--int8 and --calibrate belong together: give images such as the model will see.');
  }
  const calibration = calibrate && (await imageFiles(calibrate)).map(({ path }) => path);
  const folder = await readModelFolder(resolveModel(model));
  const [height, width] = folder.preprocessing.imageSize;
  const size = chosen ?? { height, width };
  const files = await exportTo[target](folder, out, { ...size, maxBatch, calibration });
  if (calibration) {
    const seen = Math.min(CALIBRATION_IMAGES, calibration.length);
    process.stderr.write(`Ranges are those of ${seen} of ${plural(calibration.length, 'image')}.\n`);
  }
  for (const file of files) process.stdout.write(`${file}\n`);
}
