import type { NamedArrays } from '../tensor/named-arrays.js';
import { huggingFaceToTimm } from './hugging-face-names.js';

type Renamings = readonly (readonly [RegExp, string])[];

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

/** Brings the tensors of a vision transformer of any known origin under timm's names; unknown names stay. */
export function toTimmNames(tensors: NamedArrays): NamedArrays {
  if ('conv_proj.weight' in tensors) return rename(tensors, torchvision);
  if ('patch_embed.projection.weight' in tensors) return rename(tensors, mmpretrain);
  return huggingFaceToTimm(tensors);
}

function rename(tensors: NamedArrays, renamings: Renamings): NamedArrays {
  const renamed = Object.entries(tensors).map(([name, tensor]) => {
    const timm = renamings.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
    return [timm, tensor] as const;
  });
  return Object.fromEntries(renamed);
}
