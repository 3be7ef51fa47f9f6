import '@tensorflow/tfjs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModel } from '../../models/model-config.js';
import type { Conversion, ConversionOptions } from '../../src/checkpoint/convert.js';
import { convertCheckpoint } from '../../src/checkpoint/convert.js';
import { resizeGridArray } from '../../src/checkpoint/resize-table.js';
import { writeSafetensors } from '../../src/checkpoint/safetensors.js';
import { TracedModel } from '../../src/runtime/traced-model.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { hashed, hashedWeights } from '../helpers/hashed-weights.js';

/** What test/fixtures/transformers/make.py writes. */
interface Case {
  readonly name: string;
  readonly config?: object;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly outputs: readonly { readonly size: [number, number]; readonly values: readonly number[] }[];
}
const file = fileURLToPath(new URL('../fixtures/transformers/families.json', import.meta.url));
const cases: readonly Case[] = JSON.parse(await readFile(file, 'utf8'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'families-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  await tf.setBackend('cpu');
  tf.engine().startScope();
});
afterEach(() => tf.engine().endScope());

async function convert({ config, tensors }: Case, options: ConversionOptions): Promise<Conversion> {
  const path = join(folder, 'model.safetensors');
  await writeSafetensors(path, hashedWeights(tensors));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config ?? {}));
  const hasClassifier = /classifier|head\.weight/.test(Object.keys(tensors).join());
  return convertCheckpoint(path, { features: hasClassifier ? undefined : true, ...options });
}

const pixels = (height: number, width: number) => Float32Array.from(hashed('image', 3 * height * width));

function outputs(
  { model: { config, weights } }: Conversion,
  [height, width]: [number, number],
): Float32Array {
  const image: Tensor4D = tf.tensor4d(pixels(height, width), [1, 3, height, width]);
  const parameters: Record<string, Tensor> = {};
  for (const [name, { data, shape }] of Object.entries(weights))
    parameters[name] = tf.tensor(data, [...shape]);
  const result = createModel(config).forward(parameters, image);
  return (config.classes > 0 ? result.logits : result.features).dataSync<'float32'>();
}

function difference(found: Float32Array, expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - found[index]!))) / scale;
}

const windows: [string, ConversionOptions][] = [
  ['dense', {}],
  // At 24 x 24 pixels chunks of 3 or 6 patches see each other, at 32 x 20 those of 4.
  ['windowed', { window: 4 }],
  ['windowed, global projections apart', { window: 6, shareGlobalProjections: false }],
];

describe.each(cases)('$name', (each) => {
  it.each(windows)('%s, computes what the original does', async (_, options) => {
    const converted = await convert(each, options);
    for (const { size, values } of each.outputs) {
      expect(difference(outputs(converted, size), values)).toBeLessThan(1e-4);
    }
  });
});

describe('in ONNX Runtime', () => {
  const traced = ['dinov3', 'dinov3 gated', 'clip', 'siglip', 'aimv2', 'timm eva02 base', 'beit'];
  it.each(cases.filter(({ name }) => traced.includes(name)))('$name computes the same', async (each) => {
    const { model } = await convert(each, { window: 4 });
    const { size, values } = each.outputs.at(-1)!;
    const runner = await TracedModel.open(createModel(model.config), model.weights, { threads: 1 });
    const image = pixels(...size);
    const result = await runner.run({ image, batch: 1, height: size[0], width: size[1] });
    await runner.close();
    const found = model.config.classes > 0 ? result.logits : result.features;
    expect(difference(found, values)).toBeLessThan(1e-4);
  });
});

describe('tables of positions of the original DINOv2', () => {
  it('are fitted to other grids as PyTorch does with a scale that is 0.1 cells off', async () => {
    const stored = fileURLToPath(new URL('../fixtures/transformers/offset-tables.json', import.meta.url));
    const tables: { to: [number, number]; values: number[] }[] = JSON.parse(await readFile(stored, 'utf8'));
    const table = Float32Array.from(hashed('table', 6 * 6 * 2));
    for (const { to, values } of tables) {
      const resized = resizeGridArray(table, [6, 6], to, 'bicubic-offset');
      expect(difference(resized, values)).toBeLessThan(1e-5);
    }
  });

  it('are known by the names of its files', async () => {
    const dinov2 = cases.find(({ name }) => name === 'timm dinov2')!;
    const { model } = await convert(
      { ...dinov2, config: {}, tensors: { ...dinov2.tensors, mask_token: [1, 32] } },
      { heads: 2 },
    );
    expect(model.config).toMatchObject({ tableResize: 'bicubic-offset' });
  });
});
