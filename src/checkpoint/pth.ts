import { open } from 'node:fs/promises';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';
import { elementCount } from '../tensor/named-arrays.js';
import type { TensorData } from './data-types.js';
import { viewElements } from './data-types.js';
import type { PickleValue } from './pickle.js';
import { unpickle } from './pickle.js';
import type { StoredTensor } from './safetensors.js';
import { TorchArchive } from './torch-archive.js';
import { fitsStorage, gatherElements, storageBytes, TorchTensor, torchEnvironment } from './torch-tensors.js';

/** Views may share storages, but a small file must not unfold into far more than it holds. */
const MAX_SHARING = 16;
/** Entries under which training programs save their weights beside other things; the first found is taken. */
const wrappers = ['state_dict', 'model', 'net', 'model_state', 'model_state_dict', 'module', 'weights'];

/**
 * Reads the weights of a PyTorch checkpoint as torch.save has written them since version 1.6: a zip archive of a pickle
 * and raw storages. The pickle is interpreted by a reader that knows how to rebuild tensors and nothing else.
 * @throws UserError naming the file, and what was refused in it
 */
export async function readPth(path: string): Promise<Record<string, StoredTensor>> {
  await checkSignature(path);
  const archive = await TorchArchive.open(path);
  try {
    await checkByteOrder(archive, path);
    const root = unpickle(await archive.read('data.pkl'), torchEnvironment(path));
    return await loadTensors(findStateDict(root, path), archive, path);
  } finally {
    archive.close();
  }
}

async function checkSignature(path: string): Promise<void> {
  const start = new Uint8Array(4);
  try {
    const file = await open(path);
    await file.read(start, 0, start.length, 0).finally(() => file.close());
  } catch (error) {
    throw explainFileError(error, 'read', path);
  }
  const text = new TextDecoder('latin1').decode(start);
  if (text.startsWith('PK')) return;
  // Before 1.6 torch.save wrote a bare pickle, which starts with the opcode PROTO.
  const reason = text.startsWith('\x80')
    ? 'has the format of PyTorch before 1.6 (2020). Load and save it again with a newer PyTorch'
    : 'is no checkpoint of PyTorch: it does not start like a zip archive. Perhaps it was not fetched completely';
  throw new UserError(`${path} ${reason}.`);
}

async function checkByteOrder(archive: TorchArchive, path: string): Promise<void> {
  if (!archive.has('byteorder')) return;
  const order = new TextDecoder().decode(await archive.read('byteorder'));
  if (order.trim() !== 'little')
    throw new UserError(`${path} has the byte order "${order}"; only "little" is read`);
}

/** The dictionary of tensors, under one of the usual entries or at the top (where a lone score may be a tensor too). */
function findStateDict(root: PickleValue, path: string): ReadonlyMap<string, TorchTensor> {
  const nested = root instanceof Map ? wrappers.map((name) => root.get(name)) : [];
  for (const candidate of [...nested, root]) {
    const tensors = candidate instanceof Map ? [...candidate].filter(isNamedTensor) : [];
    if (tensors.length > 0) return new Map(tensors);
  }
  const keys = root instanceof Map ? [...root.keys()].filter((key) => typeof key === 'string') : [];
  throw new UserError(
    `${path} has no tensors at its top or under ${wrappers.join(', ')}: its entries are ${keys.slice(0, 8).join(', ') || 'none'}`,
  );
}

function isNamedTensor(entry: [PickleValue, PickleValue]): entry is [string, TorchTensor] {
  return typeof entry[0] === 'string' && entry[1] instanceof TorchTensor;
}

async function loadTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
  archive: TorchArchive,
  path: string,
): Promise<Record<string, StoredTensor>> {
  const storages = new Map<string, TensorData>();
  const loaded: [string, StoredTensor][] = [];
  let [stored, unfolded] = [0, 0];
  for (const [name, tensor] of tensors) {
    const { storage, shape } = tensor;
    if (!fitsStorage(tensor)) {
      throw new UserError(`${path}: tensor "${name}" of shape [${shape}] reaches beyond its storage`);
    }
    // The type belongs to the key: a hostile pickle may call one record by two types.
    const key = `${storage.dtype} ${storage.key}`;
    if (!storages.has(key)) {
      storages.set(key, await loadStorage(tensor, name, archive, path));
      stored += storage.elements;
    }
    unfolded += elementCount(shape);
    if (unfolded > MAX_SHARING * stored)
      throw new UserError(`${path} was refused: too many tensors share a storage`);
    const elements = storages.get(key)!;
    loaded.push([name, { dtype: storage.dtype, shape, data: gatherElements(tensor, elements) }]);
  }
  return Object.fromEntries(loaded);
}

async function loadStorage(
  { storage }: TorchTensor,
  name: string,
  archive: TorchArchive,
  path: string,
): Promise<TensorData> {
  const bytes = await archive.read(`data/${storage.key}`);
  if (bytes.byteLength !== storageBytes(storage)) {
    throw new UserError(
      `${path}: the storage of tensor "${name}" has ${bytes.byteLength} bytes instead of ${storageBytes(storage)}`,
    );
  }
  return viewElements(storage.dtype, bytes.buffer);
}
