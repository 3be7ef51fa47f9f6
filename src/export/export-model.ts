import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { detectorModel } from '../../models/detector.js';
import { createModel, type ModelConfig, parameterShapesOf } from '../../models/model-config.js';
import { explainFileError } from '../base/file-errors.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { traceDetector } from '../detect/trace-detector.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { ExternalLocation, OnnxGraph } from '../onnx/model.js';
import { withSymbolicBatch } from '../onnx/symbolic-batch.js';
import { shareWeights, WEIGHTS_FILE } from '../runtime/shared-weights.js';
import { traceInference } from '../runtime/trace-inference.js';

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
 * `features`, or of a detector `boxes`, `scores` and `classes` of the best cells, see `traceDetector`; duplicates are
 * left to suppress. Labels and preprocessing are in the file's metadata, as JSON. Standard operators only.
 *
 * @returns the paths of both files
 * @throws UserError when the folder cannot be written
 */
export async function exportModel(folder: ModelFolder, out: string, size: ExportSize): Promise<string[]> {
  const { files } = exportedModel(folder, size);
  return writeFiles(out, files);
}

/** What `exportModel` writes, and what the graph takes and gives; the batch is the first dimension of all of it. */
export function exportedModel(
  { config, weights, labels, preprocessing }: ModelFolder,
  { height, width }: ExportSize,
): { readonly graph: OnnxGraph; readonly files: Readonly<Record<string, Uint8Array>> } {
  const { bytes, locations } = shareWeights({ parameterShapes: parameterShapesOf(config) }, weights);
  const graph = withSymbolicBatch((batch) => traceModel(config, locations, { batch, height, width }));
  const metadata = { labels: JSON.stringify(labels), preprocessing: JSON.stringify(preprocessing) };
  return { graph, files: { [GRAPH_FILE]: encodeModel(graph, metadata), [WEIGHTS_FILE]: bytes } };
}

/**
 * Writes files into a folder, which is made if it does not exist.
 * @returns their paths
 * @throws UserError when the folder cannot be written
 */
export async function writeFiles(
  out: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string[]> {
  const paths = Object.keys(files).map((name) => join(out, name));
  try {
    for (const [index, content] of Object.values(files).entries()) {
      await mkdir(dirname(paths[index]!), { recursive: true });
      await writeFile(paths[index]!, content);
    }
  } catch (error) {
    throw explainFileError(error, 'write', out);
  }
  return paths;
}

function traceModel(
  config: ModelConfig,
  locations: Readonly<Record<string, ExternalLocation>>,
  size: ExportSize & { readonly batch: number },
): OnnxGraph {
  if (config.type === 'detector') return traceDetector(detectorModel(config), locations, size);
  return traceInference(createModel(config), locations, { ...size, attention: false }).graph;
}
