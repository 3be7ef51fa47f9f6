import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createModel } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { explainFileError } from '../file-errors.js';
import { encodeModel } from './onnx/encode-model.js';
import { withSymbolicBatch } from './onnx/symbolic-batch.js';
import { shareWeights, WEIGHTS_FILE } from './shared-weights.js';
import { traceInference } from './trace-inference.js';

const GRAPH_FILE = 'model.onnx';

/** Size of the images that an exported graph takes; the batch is left open. */
export interface ExportSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Writes a model as an ONNX file, `model.onnx`, with its weights beside it in `weights.bin`.
 *
 * Input `image` [batch, 3, height, width], normalised as the model's preprocessing says; outputs `logits` and
 * `features`. Labels and preprocessing are in the file's metadata, as JSON. Standard operators only.
 *
 * @returns the paths of both files
 * @throws UserError when the folder cannot be written
 */
export async function exportModel(
  { config, weights, labels, preprocessing }: ModelFolder,
  out: string,
  { height, width }: ExportSize,
): Promise<string[]> {
  const model = createModel(config);
  const { bytes, locations } = shareWeights(model, weights);
  const graph = withSymbolicBatch(
    (batch) => traceInference(model, locations, { batch, height, width, attention: false }).graph,
  );
  const metadata = { labels: JSON.stringify(labels), preprocessing: JSON.stringify(preprocessing) };
  const files = { [GRAPH_FILE]: encodeModel(graph, metadata), [WEIGHTS_FILE]: bytes };
  try {
    await mkdir(out, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(out, name), content);
  } catch (error) {
    throw explainFileError(error, 'write', out);
  }
  return Object.keys(files).map((name) => join(out, name));
}
