import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { exportTriton } from '../../../src/export/triton/export-triton.js';

type Fields = { [name: string]: (string | number | Fields)[] };

/** Reads the text format of Protocol Buffers, as far as a config.pbtxt goes: every field is a list. */
function parseText(text: string): Fields {
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[\w.+-]+|[{}[\]:,]/g)!;
  let at = 0;
  const value = (): string | number => {
    const token = tokens[at++]!;
    if (token.startsWith('"')) return token.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    return Number.isNaN(Number(token)) ? token : Number(token);
  };
  const fields = (): Fields => {
    const found: Fields = {};
    while (at < tokens.length && tokens[at] !== '}') {
      const name = tokens[at++]!;
      expect(name).toMatch(/^[a-z_]+$/);
      const list = found[name] ?? [];
      found[name] = list;
      if (tokens[at] === '{') {
        at++;
        list.push(fields());
        expect(tokens[at++]).toBe('}');
        continue;
      }
      expect(tokens[at++]).toBe(':');
      if (tokens[at] !== '[') {
        list.push(value());
        continue;
      }
      at++;
      while (tokens[at] !== ']') {
        list.push(value());
        if (tokens[at] === ',') at++;
      }
      at++;
    }
    return found;
  };
  const all = fields();
  expect(at).toBe(tokens.length);
  return all;
}

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'triton-'));
});
afterAll(() => rm(out, { recursive: true }));

describe.each([
  ['land-use', { image: [3, 112, 224], logits: [7], features: [192] }],
  ['aircraft', { image: [3, 224, 448], boxes: [490, 4], scores: [490], classes: [490] }],
] as const)('exportTriton of %s', (name, shapes) => {
  it('writes a repository whose graph takes and gives what its config says', async () => {
    const folder = await readModelFolder(resolveModel(name));
    const [, height, width] = shapes.image;
    const paths = await exportTriton(folder, out, { height, width, maxBatch: 4 });
    const at = (file: string) => join(out, name, file);
    expect(paths.toSorted()).toEqual(
      ['1/model.onnx', '1/weights.bin', 'README.md', 'config.pbtxt', 'labels.txt'].map(at),
    );
    expect((await readFile(at('labels.txt'), 'utf8')).trim().split('\n')).toEqual(folder.labels);

    const config = parseText(await readFile(at('config.pbtxt'), 'utf8'));
    expect(config).toMatchObject({ name: [name], backend: ['onnxruntime'], max_batch_size: [4] });
    expect(config.dynamic_batching).toHaveLength(1);
    const tensors = [...config.input!, ...config.output!] as Fields[];
    expect(tensors.map((tensor) => [tensor.name![0], tensor.dims])).toEqual(
      Object.entries(shapes).map(([key, dims]) => [key, [...dims]]),
    );
    for (const tensor of tensors) expect(tensor.data_type).toEqual(['TYPE_FP32']);
    const labelled = tensors.filter(({ label_filename }) => label_filename);
    expect(labelled.map((tensor) => tensor.name![0])).toEqual(name === 'land-use' ? ['logits'] : []);
    const parameters = (config.parameters as Fields[]).map(({ key, value }) => {
      return [key![0], JSON.parse(String((value![0] as Fields).string_value![0]))] as const;
    });
    expect(Object.fromEntries(parameters)).toEqual({
      labels: folder.labels,
      preprocessing: folder.preprocessing,
    });

    const session = await InferenceSession.create(at('1/model.onnx'), { intraOpNumThreads: 1 });
    expect(session.inputNames).toEqual(['image']);
    for (const batch of [1, 4]) {
      const image = new Tensor('float32', new Float32Array(batch * 3 * height * width), [
        batch,
        ...shapes.image,
      ]);
      const outputs = await session.run({ image });
      for (const [key, dims] of Object.entries(shapes).slice(1)) {
        expect(outputs[key]!.dims).toEqual([batch, ...dims]);
        expect(outputs[key]!.type).toBe('float32');
      }
    }
    await session.release();
  });
});

it('refuses names that Triton does not take', async () => {
  const folder = { ...(await readModelFolder(resolveModel('land-use'))), path: '/models/my model' };
  await expect(exportTriton(folder, out, { height: 112, width: 112, maxBatch: 1 })).rejects.toThrow(
    'my model is no name for a model in Triton',
  );
});
