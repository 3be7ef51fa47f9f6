import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';

// Files hold `encoder.layer.0.attention.attention.query`; the modules of transformers 5, and so files written with
// torch.save, `layers.0.attention.q_proj`.
const renamings: readonly (readonly [RegExp, string])[] = [
  [/^(vit|deit)\./, ''],
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.distillation_token$/, 'dist_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/^(?:encoder\.)?layers?\.(\d+)\./, 'blocks.$1.'],
  [/\.attention\.attention\.(query|key|value)\./, '.attn.$1.'],
  [/\.attention\.q_proj\./, '.attn.query.'],
  [/\.attention\.k_proj\./, '.attn.key.'],
  [/\.attention\.v_proj\./, '.attn.value.'],
  [/\.attention\.(?:output\.dense|o_proj)\./, '.attn.proj.'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/^(blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
  [/\.layernorm_before\./, '.norm1.'],
  [/\.layernorm_after\./, '.norm2.'],
  [/^layernorm\./, 'norm.'],
  [/^classifier\./, 'head.'],
];

/**
 * Brings the tensors of a ViT or DeiT of Hugging Face's transformers under timm's names, queries, keys and values
 * fused into one tensor. Tensors that have timm's names already, and unknown ones, are passed on as they are.
 */
export function huggingFaceToTimm(tensors: NamedArrays): NamedArrays {
  const isHuggingFace = Object.keys(tensors).some((name) => name.includes('embeddings.patch_embeddings.'));
  if (!isHuggingFace) return tensors;
  const renamed = Object.entries(tensors).map(([name, tensor]) => {
    return [
      renamings.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name),
      tensor,
    ] as const;
  });
  return fuseProjections(Object.fromEntries(renamed));
}

/** Replaces each complete set of `attn.query`, `attn.key` and `attn.value` by `attn.qkv`. */
function fuseProjections(tensors: NamedArrays): NamedArrays {
  const fused: Record<string, NamedArray> = { ...tensors };
  for (const name of Object.keys(tensors).filter((key) => key.includes('.attn.query.'))) {
    const partNames = ['query', 'key', 'value'].map((part) => name.replace('.query.', `.${part}.`));
    const parts = partNames.flatMap((part) => tensors[part] ?? []);
    if (parts.length !== partNames.length) continue;
    for (const part of partNames) delete fused[part];
    fused[name.replace('.query.', '.qkv.')] = concatRows(parts);
  }
  return fused;
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
