import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { detectorModel } from '../../models/detector.js';
import { createModel, type ModelConfig, parameterShapesOf } from '../../models/model-config.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { traceDetector } from '../detection/trace-detector.js';
import { explainFileError } from '../file-errors.js';
import { encodeModel } from './onnx/encode-model.js';
import type { ExternalLocation, OnnxGraph } from './onnx/model.js';
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
 * `features`, or of a detector `boxes`, `scores` and `classes` of the best cells, see `traceDetector`; duplicates are
 * left to suppress. Labels and preprocessing are in the file's metadata, as JSON. Standard operators only.
 *
 * @returns the paths of both files
 * @throws UserError when the folder cannot be written
 */
export async function exportModel(
  { config, weights, labels, preprocessing }: ModelFolder,
  out: string,
  { height, width }: ExportSize,
): Promise<string[]> {
  const { bytes, locations } = shareWeights({ parameterShapes: parameterShapesOf(config) }, weights);
  const graph = withSymbolicBatch((batch) => traceModel(config, locations, { batch, height, width }));
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

function traceModel(
  config: ModelConfig,
  locations: Readonly<Record<string, ExternalLocation>>,
  size: ExportSize & { readonly batch: number },
): OnnxGraph {
  if (config.type === 'detector') return traceDetector(detectorModel(config), locations, size);
  return traceInference(createModel(config), locations, { ...size, attention: false }).graph;
}
