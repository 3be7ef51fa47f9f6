import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConversionOptions } from '../../src/checkpoint/convert.js';
import { convertCheckpoint } from '../../src/checkpoint/convert.js';
import type { StoredTensor } from '../../src/checkpoint/safetensors.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoint/safetensors.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));
type Tensors = Record<string, StoredTensor>;

let parent: string;
let folder: string;
let timm: Tensors;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'foreign-'));
  ({ tensors: timm } = await readSafetensors(fixture('vit-timm.safetensors')));
});
afterAll(() => rm(parent, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'model-'));
});

const options: ConversionOptions = { heads: 2 };

/** Converts tensors with a config.json beside them. */
async function convert(tensors: Tensors, config?: object, more: ConversionOptions = options) {
  const path = join(folder, 'weights.safetensors');
  await writeSafetensors(path, tensors);
  if (config) await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return convertCheckpoint(path, more);
}

const renamed = (rename: (name: string) => string): Tensors =>
  Object.fromEntries(Object.entries(timm).map(([name, tensor]) => [rename(name), tensor]));

/** Zeros of that shape. */
const zeros = (...shape: number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((product, side) => product * side, 1)),
});

describe('what a config.json beside the weights says', () => {
  const refused: [object, RegExp][] = [
    [{ hidden_act: 'mish' }, /activation is "mish" \(hidden_act\)/],
    [{ model_type: 'aimv2', is_native: true }, /is_native/],
    [{ model_type: 'swin' }, /is a "swin" \(model_type\)/],
    [{ architecture: 'swin_tiny_patch4_window7_224' }, /"swin_tiny/],
    [{ model_args: { act_layer: 'mish' } }, /model_args\.act_layer = "mish"/],
    [{ model_args: { qk_norm: true } }, /model_args\.qk_norm = true/],
    [{ model_args: { norm_layer: 'rmsnorm' } }, /model_args\.norm_layer/],
    [{ model_args: { some_new_thing: 1 } }, /model_args\.some_new_thing = 1/],
    [{ global_pool: 'avgmax' }, /global_pool = "avgmax"/],
    [{ num_attention_heads: 'two' }, /not what transformers or timm write/],
  ];
  it.each(refused)('is refused by name where it would change the result: %j', async (config, message) => {
    await expect(convert(timm, config)).rejects.toThrow(message);
  });

  it('gives the number of heads, and says when that was guessed', async () => {
    const { model } = await convert(timm, { model_args: { num_heads: 4 } }, {});
    expect(model.config).toMatchObject({ heads: 4 });
    const wide = Object.fromEntries(
      Object.entries(timm).map(([name]) => [name, zeros(...wideShape(timm[name]!.shape))]),
    );
    await rm(join(folder, 'config.json'));
    const guessed = await convert(wide, undefined, {});
    expect(guessed.model.config).toMatchObject({ heads: 3 });
    expect(guessed.notes.join(' ')).toContain('The number of heads, 3, was guessed from the width 192');
  });

  it('gives the grid of a table of positions that is not square', async () => {
    const oblong = { ...timm, pos_embed: zeros(1, 1 + 2 * 8, 16) };
    const square = await convert(oblong);
    const [side] = square.model.config.imageSize;
    const patch = side / 4;
    const config = { image_size: [2 * patch, 8 * patch] };
    const { model } = await convert({ ...timm, pos_embed: zeros(1, 1 + 2 * 8, 16) }, config);
    expect(model.config.imageSize).toEqual([2 * patch, 8 * patch]);
    await rm(join(folder, 'config.json'));
    await expect(convert({ ...timm, pos_embed: zeros(1, 1 + 3 * 6, 16) })).rejects.toThrow(/image_size/);
  });

  it('scales queries otherwise by weights that include it', async () => {
    const plain = (await convert(timm)).model.weights;
    const { model, notes } = await convert(timm, { qk_scale: 0.5 });
    const factor = 0.5 * Math.sqrt(8);
    const [was, is] = [plain, model.weights].map((weights) => weights['blocks.1.attn.qkv.weight']!.data);
    for (const [index, value] of was!.entries()) {
      expect(is![index]).toBeCloseTo(index < was!.length / 3 ? value * factor : value, 6);
    }
    expect(notes.join(' ')).toContain('qk_scale');
  });

  it('gives activation, epsilon and pooling', async () => {
    const said = { hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-3, global_pool: 'avg' };
    const { model } = await convert(timm, said);
    expect(model.config).toMatchObject({
      type: 'vil',
      parts: { activation: 'gelu_tanh', epsilon: 1e-3, pool: ['patches'] },
    });
  });

  it('that says what the model here does, is silent', async () => {
    const config = { hidden_act: 'gelu', layer_norm_eps: 1e-6, model_type: 'vit', qk_scale: null };
    expect((await convert(timm, config)).notes).toEqual((await convert(timm, {})).notes);
    const usual = await convert(timm, { ...config, layer_norm_eps: 1e-12 });
    expect(usual.notes.join(' ')).toContain('instead of 1e-12');
  });
});

/** The shape of the fixture's tensor in a model of width 192, whose number of heads is known. */
function wideShape(shape: readonly number[]): number[] {
  return shape.map((side, axis) => (side % 16 === 0 && !(shape.length === 4 && axis > 1) ? side * 12 : side));
}

describe('checkpoints of other programs', () => {
  it.each(['model.', 'module._orig_mod.', 'net.encoder.vit.'])(
    'may have %j in front of all names',
    async (prefix) => {
      const beside = { 'criterion.weight': zeros(5) };
      const { model, notes } = await convert({ ...renamed((name) => prefix + name), ...beside });
      expect(model).toEqual((await convert(timm)).model);
      expect(notes.join(' ')).toContain(`outside of ${prefix}: criterion.weight`);
    },
  );

  it('of mmpretrain and torchvision give the model that the same weights give under timm’s names', async () => {
    const expected = (await convert(timm)).model;
    // mmpretrain fits its table to other sizes without antialiasing.
    const plainly = { ...expected, config: { ...expected.config, tableResize: 'bicubic-plain' } };
    const mmpretrain = renamed((name) => {
      if (name.startsWith('head.')) return `head.layers.${name}`;
      const inside = name
        .replace('patch_embed.proj', 'patch_embed.projection')
        .replace(/^norm\./, 'ln1.')
        .replace(/^blocks\.(\d+)\.norm/, 'layers.$1.ln')
        .replace(/^blocks\.(\d+)\.mlp\.fc1/, 'layers.$1.ffn.layers.0.0')
        .replace(/^blocks\.(\d+)\.mlp\.fc2/, 'layers.$1.ffn.layers.1')
        .replace(/^blocks/, 'layers');
      return `backbone.${inside}`;
    });
    expect((await convert(mmpretrain)).model).toEqual(plainly);
    const torchvision = renamed((name) =>
      name
        .replace('cls_token', 'class_token')
        .replace('patch_embed.proj', 'conv_proj')
        .replace('pos_embed', 'encoder.pos_embedding')
        .replace(/^norm\./, 'encoder.ln.')
        .replace(/^head\./, 'heads.head.')
        .replace(/^blocks\.(\d+)\./, 'encoder.layers.encoder_layer_$1.')
        .replace(/\.norm([12])\./, '.ln_$1.')
        .replace('.attn.qkv.', '.self_attention.in_proj_')
        .replace('.attn.proj.', '.self_attention.out_proj.')
        .replace('.mlp.fc1.', '.mlp.0.')
        .replace('.mlp.fc2.', '.mlp.3.'),
    );
    expect((await convert(torchvision)).model).toEqual(expected);
  });

  it('with two models are refused, unless one is an average', async () => {
    const twice = { ...renamed((name) => `student.${name}`), ...renamed((name) => `critic.${name}`) };
    await expect(convert(twice)).rejects.toThrow('has 2 models, under student., critic.');
    const averaged = { ...renamed((name) => `student.${name}`), ...renamed((name) => `teacher.${name}`) };
    expect((await convert(averaged)).notes.join(' ')).toContain('averaged weights under teacher.');
  });

  it('may be a folder of Hugging Face, whole or in shards', async () => {
    const names = Object.keys(timm);
    const [first, second] = [names.slice(0, 9), names.slice(9)];
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    for (const [index, part] of [first, second].entries()) {
      const tensors = Object.fromEntries(part.map((name) => [name, timm[name]!]));
      await writeSafetensors(join(folder, shards[index]!), tensors);
    }
    await expect(convertCheckpoint(join(folder, shards[0]), options)).rejects.toThrow('Fetch all of them');
    const map = Object.fromEntries(names.map((name) => [name, shards[first.includes(name) ? 0 : 1]]));
    const index = join(folder, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ metadata: {}, weight_map: map }));
    const expected = (await convert(timm)).model;
    await rm(join(folder, 'weights.safetensors'));
    for (const path of [folder, index, join(folder, shards[1])]) {
      expect((await convertCheckpoint(path, options)).model).toEqual(expected);
    }
    await writeFile(index, JSON.stringify({ weight_map: { ...map, 'head.extra': shards[0] } }));
    await expect(convertCheckpoint(folder, options)).rejects.toThrow(
      'the tensor head.extra is in none of its 2 files',
    );
    await writeFile(index, JSON.stringify({ weight_map: { a: '../secret.safetensors' } }));
    await expect(convertCheckpoint(folder, options)).rejects.toThrow('names ../secret.safetensors');
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await expect(convertCheckpoint(empty, options)).rejects.toThrow('has no checkpoint');
    await copyFile(fixture('vit-timm.safetensors'), join(empty, 'best.safetensors'));
    expect((await convertCheckpoint(empty, options)).model).toEqual(expected);
  });

  it('may have floats of 8 bits, and integers beside the weights', async () => {
    const bits = Uint8Array.of(0x38, 0xb8, 0x01, 0x7e, 0x08);
    const head = { dtype: 'F8_E4M3' as const, shape: [5], data: bits };
    const table = { dtype: 'U16' as const, shape: [3], data: Uint16Array.of(1, 2, 3) };
    const { model, notes } = await convert({ ...timm, 'head.bias': head, table });
    expect([...model.weights['head.bias']!.data]).toEqual([1, -1, 2 ** -9, 448, 2 ** -6]);
    expect(notes.join(' ')).toContain('Left out, as no weights of a model: table.');
    const wide = { dtype: 'F8_E5M2' as const, shape: [5], data: Uint8Array.of(0x3c, 0xc0, 0x01, 0x7b, 0x04) };
    const other = await convert({ ...timm, 'head.bias': wide });
    expect([...other.model.weights['head.bias']!.data]).toEqual([1, -2, 2 ** -16, 57344, 2 ** -14]);
  });

  it('without biases of queries, keys and values have zeros for them', async () => {
    const { model } = await convert(
      Object.fromEntries(Object.entries(timm).filter(([name]) => !name.endsWith('qkv.bias'))),
    );
    expect(Math.max(...model.weights['blocks.0.attn.qkv.bias']!.data.map(Math.abs))).toBe(0);
  });

  const others: [string, string[]][] = [
    ['Swin Transformer', ['patch_embed.proj.weight', 'layers.0.blocks.0.attn.qkv.weight', 'head.fc.weight']],
    ['Swin Transformer', ['swin.encoder.layers.0.blocks.0.attention.self.query.weight', 'classifier.weight']],
    ['Hiera', ['patch_embed.proj.weight', 'pos_embed', 'blocks.2.proj.weight']],
    ['ConvNeXt', ['stages.0.blocks.0.conv_dw.weight', 'head.fc.weight']],
    ['ConvNeXt', ['convnext.encoder.stages.0.layers.0.dwconv.weight', 'classifier.weight']],
    ['YOLOS', ['vit.embeddings.detection_tokens', 'vit.embeddings.patch_embeddings.projection.weight']],
    ['ViTDet or SAM', ['patch_embed.proj.weight', 'blocks.0.attn.rel_pos_h']],
    ['ViT with normalised queries and keys', ['patch_embed.proj.weight', 'blocks.0.attn.q_norm.weight']],
  ];
  it.each(others)('of the family %s are named as that', async (family, names) => {
    const tensors = Object.fromEntries(names.map((name) => [name, zeros(16)]));
    await expect(convert(tensors)).rejects.toThrow(`is a ${family}`);
  });

  it('that are model folders already are said to be', async () => {
    const zoo = fileURLToPath(new URL('../../models/zoo/megapixel-mnist', import.meta.url));
    await expect(convertCheckpoint(zoo)).rejects.toThrow('is a model folder already');
    expect(JSON.parse(await readFile(join(zoo, 'config.json'), 'utf8')).model.type).toBe('vil');
  });
});
