import { extname } from 'node:path';
import { UserError } from '../base/errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { checkFinite } from '../tensor/named-arrays.js';
import type { DataType } from './data-types.js';
import { findCheckpoint } from './find-checkpoint.js';
import { modelTensors } from './model-tensors.js';
import type { StoredCheckpoint } from './pth.js';
import { readPth } from './pth.js';
import type { StoredTensor } from './safetensors.js';
import { readSafetensors, toFloat32 } from './safetensors.js';

/** Buffers that only speed up the original code; they are computed here. `bias_mask` of DINOv3 is NaN where it masks. */
const ignoredBuffers = /(^|\.)(relative_position_index|position_ids|num_batches_tracked|bias_mask)$/;
const realTypes: ReadonlySet<DataType> = new Set(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/** The weights of a checkpoint, and what the person who converts it should know of how they were read. */
export interface Checkpoint {
  readonly weights: NamedArrays;
  readonly notes: readonly string[];
}

/**
 * Reads the weights of a checkpoint as float32, under the names that the model itself has for them: what training
 * programs put in front of all names, and tensors beside the model, are taken off.
 * @param path of a .safetensors file, of an index of several (.index.json), of any other file, which is read as PyTorch's
 *   (.pth, .pt, .bin), or of a folder of Hugging Face with one of them
 * @throws UserError naming the file, and the tensor where one is at fault
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const parts: StoredCheckpoint[] = [];
  const files = await findCheckpoint(path);
  for (const file of files.paths) parts.push(await readFile(file));
  const stored = Object.fromEntries(parts.flatMap(({ tensors }) => Object.entries(tensors)));
  const missing = files.names?.find((name) => !Object.hasOwn(stored, name));
  if (missing !== undefined) {
    throw new UserError(`${path}: the tensor ${missing} is in none of its ${files.paths.length} files`);
  }
  const { tensors, notes } = modelTensors(stored, path);
  const used = Object.entries(tensors).filter(([name]) => !ignoredBuffers.test(name));
  const buffers = used.filter(([name, tensor]) => !isParameter(name, tensor)).map(([name]) => name);
  const weights = toFloat32(Object.fromEntries(used.filter(([name]) => !buffers.includes(name))));
  checkFinite(weights, path);
  const left = buffers.length === 0 ? [] : [`Left out, as no weights of a model: ${buffers.join(', ')}.`];
  return { weights, notes: [...parts.flatMap((part) => part.notes), ...notes, ...left] };
}

async function readFile(path: string): Promise<StoredCheckpoint> {
  if (extname(path).toLowerCase() !== '.safetensors') return readPth(path);
  return { tensors: (await readSafetensors(path)).tensors, notes: [] };
}

/** Integers are no weights, unless they are called so: then whoever checks names and shapes has to judge. */
function isParameter(name: string, { dtype }: StoredTensor): boolean {
  return realTypes.has(dtype) || /(^|\.)(weight|bias)$|embed|token/.test(name);
}
