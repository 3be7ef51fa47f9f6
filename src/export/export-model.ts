import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { detectorModel } from '../../models/detector.js';
import { createModel, type ModelConfig, parameterShapesOf } from '../../models/model-config.js';
import { explainFileError } from '../base/file-errors.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { traceDetector } from '../detect/trace-detector.js';
import type { EncodableGraph } from '../onnx/encode-model.js';
import { encodeModel } from '../onnx/encode-model.js';
import { packExternalData } from '../onnx/external-data.js';
import { foldConstants } from '../onnx/fold-constants.js';
import type { ExternalLocation, Initializer, OnnxGraph } from '../onnx/model.js';
import { quantise } from '../onnx/quantise.js';
import { withSymbolicBatch } from '../onnx/symbolic-batch.js';
import { Session } from '../runtime/session/session.js';
import type { SharedWeights } from '../runtime/shared-weights.js';
import { shareWeights, WEIGHTS_FILE } from '../runtime/shared-weights.js';
import { traceInference } from '../runtime/trace-inference.js';
import type { PlainTensors } from '../tensor/plain-tensor.js';
import { calibrate } from './calibrate.js';

const GRAPH_FILE = 'model.onnx';

/** Size of the images that an exported graph takes; the batch is left open. */
export interface ExportSize {
  readonly height: number;
  readonly width: number;
}

export interface ExportOptions extends ExportSize {
  /** Images by which products with weights are quantised to eight bits, see `quantise`. Absent: all stays as it is. */
  readonly calibration?: readonly string[];
}

/**
 * Writes a model as an ONNX file, `model.onnx`, with its weights beside it in `weights.bin`.
 *
 * Input `image` [batch, 3, height, width], normalised as the model's preprocessing says; outputs `logits` and
 * `features`, or of a detector `boxes`, `scores` and `classes` of the best cells, see `traceDetector`; duplicates are
 * left to suppress. All that depends on weights alone has been computed, so that products have constants as inputs, which is
 * where tools that quantise or compress look for weights. Labels and preprocessing are in the file's metadata, as JSON. Standard operators only.
 *
 * @returns the paths of both files
 * @throws UserError when the folder cannot be written
 */
export async function exportModel(
  folder: ModelFolder,
  out: string,
  options: ExportOptions,
): Promise<string[]> {
  const { files } = await exportedModel(folder, options);
  return writeFiles(out, files);
}

/** What `exportModel` writes, and what the graph takes and gives; the batch is the first dimension of all of it. */
export async function exportedModel(
  folder: Omit<ModelFolder, 'path'>,
  { height, width, calibration }: ExportOptions,
): Promise<{ readonly graph: OnnxGraph; readonly files: Readonly<Record<string, Uint8Array>> }> {
  const { config, weights, labels, preprocessing } = folder;
  const given = shareWeights({ parameterShapes: parameterShapesOf(config) }, weights);
  const traced = withSymbolicBatch((batch) => traceModel(config, given.locations, { batch, height, width }));
  const folded = await foldConstants(traced, (constants) => runOnce(constants, given));
  const { graph, bytes } = calibration
    ? await inEightBits(folded, given, folder, { height, width }, calibration)
    : withWeightsBeside(folded, given);
  const metadata = { labels: JSON.stringify(labels), preprocessing: JSON.stringify(preprocessing) };
  return { graph, files: { [GRAPH_FILE]: encodeModel(graph, metadata), [WEIGHTS_FILE]: bytes } };
}

async function inEightBits(
  floats: OnnxGraph,
  given: SharedWeights,
  folder: Omit<ModelFolder, 'path'>,
  size: ExportSize,
  images: readonly string[],
): Promise<{ readonly graph: OnnxGraph; readonly bytes: Uint8Array }> {
  const ranges = await calibrate(floats, given, folder, size, images);
  const numbersOf = ({ data }: Initializer) => {
    const bytes = data instanceof Uint8Array ? data : externalBytes(data, given);
    return new Float32Array(bytes.slice().buffer);
  };
  return withWeightsBeside(quantise(floats, ranges, numbersOf).graph, given);
}

function externalBytes({ offset, length }: ExternalLocation, { bytes }: SharedWeights): Uint8Array {
  return bytes.subarray(offset, offset + length);
}

/** Runs a graph without inputs. */
async function runOnce(graph: EncodableGraph, { bytes }: SharedWeights): Promise<PlainTensors> {
  const externalData = { [WEIGHTS_FILE]: bytes };
  const session = await Session.open({ model: encodeModel(graph), externalData, threads: 1 });
  try {
    return await session.run({});
  } finally {
    await session.close();
  }
}

/** Constants of fewer bytes stay in the graph. */
const leastBeside = 1024;

/** Puts what a graph needs of its weights into a new block, and its large constants with them. */
function withWeightsBeside(
  graph: OnnxGraph,
  given: SharedWeights,
): { readonly graph: OnnxGraph; readonly bytes: Uint8Array } {
  const bytesOf = ({ data }: Initializer) => (data instanceof Uint8Array ? data : externalBytes(data, given));
  const isBeside = ({ data, type }: Initializer) =>
    !(data instanceof Uint8Array) || ((type === 'float32' || type === 'int8') && data.length >= leastBeside);
  const beside = graph.initializers.filter(isBeside);
  const { bytes, locations } = packExternalData(
    WEIGHTS_FILE,
    Object.fromEntries(beside.map((each) => [each.name, bytesOf(each)])),
  );
  const initializers = graph.initializers.map((each) => ({
    ...each,
    data: locations[each.name] ?? each.data,
  }));
  return { graph: { ...graph, initializers }, bytes };
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
