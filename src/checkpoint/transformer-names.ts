import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';

type Renamings = readonly (readonly [RegExp, string])[];

/** Hugging Face's transformers. Files hold `encoder.layer.0`; modules of version 5, and torch.save, `model.layer.0`. */
const transformers: Renamings = [
  [/^embeddings\.(?:cls_token|class_embedding)$/, 'cls_token'],
  [/^embeddings\.distillation_token$/, 'dist_token'],
  [/^embeddings\.register_tokens$/, 'reg_token'],
  [/^embeddings\.mask_token$/, 'mask_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.position_embedding\.weight$/, 'pos_embed'],
  [
    /^embeddings\.(?:patch_embeddings\.projection|patch_embeddings|patch_embedding|patch_embed)\./,
    'patch_embed.proj.',
  ],
  [/^embeddings\.rms_norm\./, 'patch_embed.norm.'],
  [/^pre_layrnorm\./, 'norm_pre.'],
  [/^(?:encoder\.|model\.)?layers?\.(\d+)\./, 'blocks.$1.'],
  [/\.attention\.attention\./, '.attn.'],
  [/\.attention\.output\.dense\./, '.attn.proj.'],
  [/\.(?:self_attn|attention)\./, '.attn.'],
  [/\.attn\.(?:out_proj|o_proj)\./, '.attn.proj.'],
  [/\.attn\.(?:relative_position_bias\.)relative_position_bias_table$/, '.attn.relative_position_bias_table'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/^(blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
  [/\.(?:layernorm_before|layer_norm1|rms_norm1)\./, '.norm1.'],
  [/\.(?:layernorm_after|layer_norm2|rms_norm2)\./, '.norm2.'],
  [/\.layer_scale([12])\.lambda1$/, '.ls$1.gamma'],
  [/\.lambda_([12])$/, '.ls$1.gamma'],
  [/^(?:layernorm|post_layernorm|rms_norm)\./, 'norm.'],
  [/^pooler\.layernorm\./, 'fc_norm.'],
  [/^(?:classifier|cls_classifier)\./, 'head.'],
  [/^distillation_classifier\./, 'head_dist.'],
  [/^visual_projection\./, 'projection.'],
  [/^head\.(?:probe)$/, 'pool.probe'],
  [/^head\.cls_token$/, 'pool.query'],
  [/^head\.attn\.in_proj_/, 'pool.in_proj.'],
  [/^head\.attn\.proj\./, 'pool.proj.'],
  [/^head\.output_proj\./, 'pool.proj.'],
  [/^head\.([kv])_proj\./, 'pool.$1.'],
  [/^head\.layernorm\./, 'pool.norm.'],
  [/^head\.mlp\./, 'pool.mlp.'],
];

const torchvision: Renamings = [
  [/^class_token$/, 'cls_token'],
  [/^conv_proj\./, 'patch_embed.proj.'],
  [/^encoder\.pos_embedding$/, 'pos_embed'],
  [/^encoder\.ln\./, 'norm.'],
  [/^encoder\.layers\.encoder_layer_(\d+)\./, 'blocks.$1.'],
  [/\.ln_([12])\./, '.norm$1.'],
  [/\.self_attention\.in_proj_/, '.attn.qkv.'],
  [/\.self_attention\.out_proj\./, '.attn.proj.'],
  [/\.mlp\.(?:0|linear_1)\./, '.mlp.fc1.'],
  [/\.mlp\.(?:3|linear_2)\./, '.mlp.fc2.'],
  [/^heads\.head\./, 'head.'],
];

const mmpretrain: Renamings = [
  [/^patch_embed\.projection\./, 'patch_embed.proj.'],
  [/^layers\.(\d+)\.ln([12])\./, 'blocks.$1.norm$2.'],
  [/^layers\.(\d+)\.attn\./, 'blocks.$1.attn.'],
  [/^layers\.(\d+)\.ffn\.layers\.0\.0\./, 'blocks.$1.mlp.fc1.'],
  [/^layers\.(\d+)\.ffn\.layers\.1\./, 'blocks.$1.mlp.fc2.'],
  [/^ln1\./, 'norm.'],
];

/** OpenAI's CLIP, OpenCLIP and Meta's Perception Encoder. */
const openClip: Renamings = [
  [/^class_embedding$/, 'cls_token'],
  [/^conv1\./, 'patch_embed.proj.'],
  [/^positional_embedding$/, 'pos_embed'],
  [/^ln_pre\./, 'norm_pre.'],
  [/^ln_post\./, 'norm.'],
  [/^transformer\.resblocks\.(\d+)\./, 'blocks.$1.'],
  [/\.ln_([12])\./, '.norm$1.'],
  [/\.ls_([12])\.gamma$/, '.ls$1.gamma'],
  [/\.attn\.in_proj_/, '.attn.qkv.'],
  [/\.attn\.out_proj\./, '.attn.proj.'],
  [/\.mlp\.c_fc\./, '.mlp.fc1.'],
  [/\.mlp\.c_proj\./, '.mlp.fc2.'],
  [/^attn_pool\.attn\.in_proj_/, 'pool.in_proj.'],
  [/^attn_pool\.attn\.out_proj\./, 'pool.proj.'],
  [/^attn_pool\.layernorm\./, 'pool.norm.'],
  [/^attn_pool\.probe$/, 'pool.probe'],
  [/^pool\.mlp\.c_/, 'pool.mlp.'],
];

/** timm's models and Meta's originals of DINOv2 and DINOv3: spellings of what the others have too. */
const spellings: Renamings = [
  // Blocks in chunks, as DINOv2 is trained.
  [/^blocks\.\d+\.(\d+)\./, 'blocks.$1.'],
  [/^(?:storage_tokens|register_tokens)$/, 'reg_token'],
  [/\.gamma_([12])$/, '.ls$1.gamma'],
  [/\.attn\.(query|key|value)\./, '.attn.$1.'],
  [/\.attn\.q_proj\./, '.attn.query.'],
  [/\.attn\.k_proj\./, '.attn.key.'],
  [/\.attn\.v_proj\./, '.attn.value.'],
  [/\.attn\.([qv])_bias$/, '.attn.$1_bias'],
  [/\.ffn\./, '.mlp.'],
  [/\.mlp\.(?:fc1_g|gate_proj)\./, '.mlp.gate.'],
  [/\.mlp\.(?:fc1_x|up_proj)\./, '.mlp.fc1.'],
  [/\.mlp\.(?:w12|weights_in)\./, '.mlp.fc1.'],
  [/\.mlp\.(?:w3|weights_out|down_proj)\./, '.mlp.fc2.'],
  [/^attn_pool\.latent$/, 'pool.probe'],
  [/^attn_pool\./, 'pool.'],
];

/** Whose names a checkpoint has. */
export type Origin = 'timm' | 'transformers' | 'torchvision' | 'mmpretrain' | 'openclip' | 'meta';

/** Tensors under the names that the conversion knows: timm's, and where it has none like them. */
export interface NamedTransformer {
  readonly origin: Origin;
  readonly tensors: NamedArrays;
}

/** Whether tensors are those of a vision transformer, under any of the names that are known. */
export function isTransformer(names: readonly string[]): boolean {
  return names.some((name) =>
    /^(patch_embed\.proj(ection)?|conv_proj|conv1|(?:.*\.)?embeddings\.patch_embed(?:dings?)?(?:\.projection)?)\.weight$/.test(
      name,
    ),
  );
}

/** Brings the tensors of a vision transformer of any known origin under one set of names; unknown names stay. */
export function nameTransformer(tensors: NamedArrays): NamedTransformer {
  const origin = originOf(Object.keys(tensors));
  const own = { timm: [], meta: [], transformers, torchvision, mmpretrain, openclip: openClip }[origin];
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const renamed = [...own, ...spellings].reduce((text, [pattern, to]) => text.replace(pattern, to), name);
    return [renamed, tensor] as const;
  });
  const named = Object.fromEntries(entries);
  return { origin, tensors: fuseProjections(transposed(named, origin)) };
}

function originOf(names: readonly string[]): Origin {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/(^|\.)embeddings\.patch_embed/)) return 'transformers';
  if (has(/^conv_proj\./)) return 'torchvision';
  if (has(/^patch_embed\.projection\./)) return 'mmpretrain';
  if (has(/^conv1\./)) return 'openclip';
  return has(/^(storage_tokens|register_tokens|mask_token)$/) ? 'meta' : 'timm';
}

/** OpenCLIP's projection is [width, outputs], every other linear weight [outputs, inputs]. */
function transposed(tensors: NamedArrays, origin: Origin): NamedArrays {
  const { proj, ...others } = tensors;
  if (origin !== 'openclip' || !proj) return tensors;
  const [rows, columns] = proj.shape as [number, number];
  const data = new Float32Array(proj.data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      data[column * rows + row] = proj.data[row * columns + column]!;
    }
  }
  return { ...others, 'projection.weight': { shape: [columns, rows], data } };
}

/** Replaces queries, keys and values by `attn.qkv`; biases that are missing are zeros. */
function fuseProjections(tensors: NamedArrays): NamedArrays {
  const fused: Record<string, NamedArray> = { ...tensors };
  const take = (name: string) => {
    const tensor = fused[name];
    delete fused[name];
    return tensor;
  };
  for (const name of Object.keys(tensors).filter((key) => /\.attn\.(query|qkv)\.weight$/.test(key))) {
    const prefix = name.replace(/(query|qkv)\.weight$/, '');
    const of = (part: string) =>
      (['query', 'key', 'value'] as const).map((each) => `${prefix}${each}.${part}`);
    if (name.endsWith('query.weight')) {
      const weights = of('weight').flatMap((each) => tensors[each] ?? []);
      if (weights.length !== 3) continue;
      for (const each of of('weight')) take(each);
      fused[`${prefix}qkv.weight`] = concatRows(weights);
      const biases = of('bias').map((each, index) => take(each) ?? zeros(weights[index]!.shape[0]!));
      fused[`${prefix}qkv.bias`] = concatRows(biases);
    }
    const rows = fused[`${prefix}qkv.weight`]!.shape[0]! / 3;
    const [query, value] = [take(`${prefix}q_bias`), take(`${prefix}v_bias`)];
    if (query && value) fused[`${prefix}qkv.bias`] = concatRows([query, zeros(rows), value]);
    fused[`${prefix}qkv.bias`] ??= zeros(3 * rows);
  }
  return fused;
}

export function zeros(length: number): NamedArray {
  return { shape: [length], data: new Float32Array(length) };
}

/** Joins arrays along their first axis. */
export function concatRows(parts: readonly NamedArray[]): NamedArray {
  const data = new Float32Array(parts.reduce((length, part) => length + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return { shape: [rows, ...parts[0]!.shape.slice(1)], data };
}
