/*
 * Bundled for the page (scripts/bundle-page.ts): the classifier of the server, run by the browser's own WebGPU with the
 * kernels of this project.
 */
import '../../src/tensor/static-tfjs.js';
import { createModel, type ModelConfig } from '../../models/model-config.js';
import { decodeImage } from '../../src/browser/decode-image.js';
import { parseSafetensors, toFloat32 } from '../../src/checkpoint/safetensors-bytes.js';
import type { LabelScore } from '../../src/classify/label-scores.js';
import { rankBySoftmax } from '../../src/classify/label-scores.js';
import { toModelInput } from '../../src/image/model-input.js';
import type { Preprocessing } from '../../src/image/preprocessing.js';
import { planTiles } from '../../src/image/tiles.js';
import { viewOf } from '../../src/image/view.js';
import { checkGpuErrors, registerWebGpuBackend } from '../../src/runtime/webgpu-device.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

export interface LocalRequest {
  /** Name of a classifier of the server. */
  readonly model: string;
  /** The encoded image. */
  readonly file: Blob;
  /** Of every request to the server. */
  readonly headers: Readonly<Record<string, string>>;
  /** Told in words what is being done. */
  readonly onState: (text: string) => void;
}

export interface LocalAnswer {
  /** Best first. */
  readonly predictions: readonly LabelScore[];
  /** Decoding and inference. */
  readonly seconds: number;
  readonly tiles: number;
}

interface LoadedModel {
  readonly model: ReturnType<typeof createModel>;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
}

/** Larger images are run in tiles of at most this many pixels: a page's device binds buffers of 128 MiB at least. */
const pixelsPerPass = 2 ** 21;

const models = new Map<string, Promise<LoadedModel>>();

/**
 * Classifies an image on this machine, as the server does: every pixel is seen, sides are continued by their mirror image.
 * @throws Error in words for people when the browser cannot decode the image or the server does not give the weights
 */
export async function classifyHere({
  model: name,
  file,
  headers,
  onState,
}: LocalRequest): Promise<LocalAnswer> {
  const loading = models.get(name) ?? load(name, headers, onState);
  models.set(name, loading);
  const loaded = await loading.catch((error: unknown) => {
    models.delete(name);
    throw error;
  });
  onState('Runs on this machine’s GPU …');
  const started = performance.now();
  const { model, labels, preprocessing } = loaded;
  const image = await decodeImage(file, (size) => viewOf(size, preprocessing));
  const { tiles } = planTiles(image, model.stride, pixelsPerPass);
  const logits = new Float64Array(labels.length);
  for (const [index, tile] of tiles.entries()) {
    if (tiles.length > 1) onState(`Tile ${index + 1} of ${tiles.length} …`);
    const input = await toModelInput(image.cut(tile), model.stride, preprocessing);
    const weight = (tile.width * tile.height) / (image.width * image.height);
    for (const [label, logit] of (await checkGpuErrors(() => run(loaded, input))).entries())
      logits[label]! += weight * logit;
  }
  return {
    predictions: rankBySoftmax(logits, labels),
    seconds: (performance.now() - started) / 1000,
    tiles: tiles.length,
  };
}

async function load(name: string, headers: LocalRequest['headers'], onState: LocalRequest['onState']) {
  onState('Loads the weights …');
  const path = `/v1/models/${encodeURIComponent(name)}`;
  const [description, weights] = await Promise.all([
    ask(`${path}/config`, headers).then((response) => response.json()) as Promise<{
      model: ModelConfig;
      preprocessing: Preprocessing;
      labels: readonly string[];
    }>,
    ask(`${path}/weights`, headers).then((response) => response.arrayBuffer()),
    useWebGpu(),
  ]);
  const { tensors } = parseSafetensors(new Uint8Array(weights), name);
  const parameters = Object.fromEntries(
    Object.entries(toFloat32(tensors)).map(([key, { shape, data }]): [string, Tensor] => [
      key,
      tf.tensor(data, [...shape]),
    ]),
  );
  const { model: config, preprocessing, labels } = description;
  return { model: createModel(config), parameters, labels, preprocessing };
}

async function ask(path: string, headers: LocalRequest['headers']): Promise<Response> {
  const response = await fetch(path, { headers });
  if (!response.ok) throw new Error(`The server does not give the weights: status ${response.status}.`);
  return response;
}

async function useWebGpu(): Promise<void> {
  await registerWebGpuBackend();
  await tf.setBackend('webgpu');
}

interface Input {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

async function run(
  { model, parameters }: LoadedModel,
  { data, height, width }: Input,
): Promise<Float32Array> {
  const logits = tf.tidy(() => {
    const image = tf.tensor4d(data, [1, 3, height, width]) as Tensor4D;
    return model.forward(parameters, image).logits;
  });
  const values = (await logits.data()) as Float32Array;
  logits.dispose();
  return values;
}
