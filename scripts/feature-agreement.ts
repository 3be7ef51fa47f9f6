/**
 * Measures how far the features of a vision transformer agree with themselves once its attention is windowed.
 *
 *   npx tsx scripts/feature-agreement.ts <checkpoint> <side in pixels> <photographs...>
 *
 * Prints a row of a Markdown table for each window: cosines of class token, mean and (on average) single patches with dense
 * attention at the same size. Dense attention is one window of half the grid, in which every token sees all others: computed
 * in strips, it needs less memory. See docs/conversion.md.
 */
import { createModel } from '../models/model-config.js';
import { convertCheckpoint } from '../src/checkpoint/convert.js';
import { decodeRgb } from '../src/image/decode.js';
import { readHeader } from '../src/image/header.js';
import { toModelInput } from '../src/image/model-input.js';
import type { Preprocessing } from '../src/image/preprocessing.js';
import type { EmbeddingResult } from '../src/runtime/traced-model.js';
import { TracedModel } from '../src/runtime/traced-model.js';

const windows = [7, 10, 13, 16];

/** The largest square in the middle of a photograph, as the model wants it. */
async function centreOf(path: string, size: number, preprocessing: Preprocessing): Promise<Float32Array> {
  const header = await readHeader(path);
  const side = Math.min(header.width, header.height);
  const [left, top] = [Math.floor((header.width - side) / 2), Math.floor((header.height - side) / 2)];
  const resize = { width: size, height: size, interpolation: preprocessing.interpolation };
  const rgb = await decodeRgb(path, { header, box: { left, top, width: side, height: side }, resize });
  return (await toModelInput(rgb, 1, preprocessing)).data;
}

async function embedAll(checkpoint: string, photographs: readonly string[], size: number, window: number) {
  const options = { window, features: true, shareGlobalProjections: true };
  const { model } = await convertCheckpoint(checkpoint, options);
  const traced = await TracedModel.open(createModel(model.config), model.weights);
  const results: EmbeddingResult[] = [];
  for (const path of photographs) {
    const image = await centreOf(path, size, model.preprocessing);
    results.push(await traced.embed({ image, height: size, width: size }));
  }
  await traced.close();
  return results;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    product += value * b[index]!;
    left += value * value;
    right += b[index]! ** 2;
  }
  return product / Math.sqrt(left * right);
}

function patchCosine(a: EmbeddingResult['patches'], b: EmbeddingResult['patches']): number {
  const count = a.rows * a.columns;
  let sum = 0;
  for (let patch = 0; patch < count; patch++) {
    const [from, to] = [patch * a.width, (patch + 1) * a.width];
    sum += cosine(a.data.subarray(from, to), b.data.subarray(from, to));
  }
  return sum / count;
}

const [checkpoint, side, ...photographs] = process.argv.slice(2) as [string, string, ...string[]];
const size = Number(side);
const { model } = await convertCheckpoint(checkpoint, { features: true });
const patch = createModel(model.config).stride;
const cells = Math.floor(size / patch);
const dense = await embedAll(checkpoint, photographs, size, Math.ceil(cells / 2));
for (const window of windows) {
  if (2 * window >= cells) continue;
  const results = await embedAll(checkpoint, photographs, size, window);
  const mean = (measure: (a: EmbeddingResult, b: EmbeddingResult) => number) => {
    const values = results.map((result, index) => measure(result, dense[index]!));
    return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
  };
  const cosines = [
    mean((a, b) => cosine(a.classToken!, b.classToken!)),
    mean((a, b) => cosine(a.mean, b.mean)),
    mean((a, b) => patchCosine(a.patches, b.patches)),
  ];
  process.stdout.write(`| ${size} | ${cells} | ${window} | ${cosines.join(' | ')} |\n`);
}
