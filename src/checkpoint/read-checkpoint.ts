import { extname } from 'node:path';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { checkFinite } from '../tensor/named-arrays.js';
import { readPth } from './pth.js';
import type { StoredTensor } from './safetensors.js';
import { readSafetensors, toFloat32 } from './safetensors.js';

/** Buffers that only speed up the original code; they are computed here. */
const ignoredBuffers = /(^|\.)(relative_position_index|position_ids|num_batches_tracked)$/;
/** What data-parallel training and compilation put in front of every name. */
const prefixes = ['module.', '_orig_mod.'];

/**
 * Reads the weights of a checkpoint file as float32.
 * @param path of a .safetensors file; any other is read as PyTorch's (.pth, .pt, .bin)
 * @throws UserError naming the file, and the tensor where one is at fault
 */
export async function readCheckpoint(path: string): Promise<NamedArrays> {
  const stored = await readStoredTensors(path);
  const weights = toFloat32(Object.fromEntries(Object.entries(stripPrefixes(stored)).filter(isWeight)));
  checkFinite(weights, path);
  return weights;
}

async function readStoredTensors(path: string): Promise<Readonly<Record<string, StoredTensor>>> {
  const isSafetensors = extname(path).toLowerCase() === '.safetensors';
  return isSafetensors ? (await readSafetensors(path)).tensors : readPth(path);
}

function isWeight([name]: readonly [string, StoredTensor]): boolean {
  return !ignoredBuffers.test(name);
}

/** Takes off a prefix that all names have. */
function stripPrefixes<T>(tensors: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const names = Object.keys(tensors);
  const prefix = prefixes.find(
    (candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate)),
  );
  if (!prefix) return tensors;
  const stripped = Object.entries(tensors).map(
    ([name, tensor]) => [name.slice(prefix.length), tensor] as const,
  );
  return stripPrefixes(Object.fromEntries(stripped));
}
