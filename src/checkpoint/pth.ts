import { open, readFile } from 'node:fs/promises';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';
import { elementCount } from '../tensor/named-arrays.js';
import type { TensorData } from './data-types.js';
import { bytesPerElement, viewElements } from './data-types.js';
import { readLegacyPth } from './legacy-pth.js';
import type { PickleValue } from './pickle.js';
import { unpickle } from './pickle.js';
import type { StoredTensor } from './safetensors.js';
import { findStateDict } from './state-dict.js';
import { TorchArchive } from './torch-archive.js';
import type { TorchTensor } from './torch-tensors.js';
import { fitsStorage, gatherElements, torchEnvironment } from './torch-tensors.js';

/** Views may share storages, but a small file must not unfold into far more than it holds. */
const MAX_SHARING = 16;

/** The tensors of a checkpoint, and what the person who converts it should know of how they were read. */
export interface StoredCheckpoint {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  readonly notes: readonly string[];
}

/** What a file of torch.save holds: a pickle, and the storages that it refers to by their keys. */
interface TorchFile {
  readonly root: PickleValue;
  readonly storage: (key: string) => Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Reads the weights of a PyTorch checkpoint as torch.save writes them: a zip archive of a pickle and raw storages, or,
 * before version 1.6, pickles and storages one after the other. Pickles are interpreted by a reader that knows how to
 * rebuild tensors and plain data, and nothing else.
 * @throws UserError naming the file, and what was refused in it
 */
export async function readPth(path: string): Promise<StoredCheckpoint> {
  if (await isArchive(path)) return readArchive(path);
  const bytes = await readFile(path);
  const { root, storages } = readLegacyPth(bytes, path);
  return loadWeights({ root, storage: async (key) => storages.get(key)! }, path);
}

async function readArchive(path: string): Promise<StoredCheckpoint> {
  const archive = await TorchArchive.open(path);
  try {
    await checkByteOrder(archive, path);
    const root = unpickle(await archive.read('data.pkl'), torchEnvironment(path));
    const loaded = await loadWeights({ root, storage: (key) => archive.read(`data/${key}`) }, path);
    if (archive.hasChecksums) return loaded;
    return { ...loaded, notes: [...loaded.notes, 'It was saved without checksums: damage would not show.'] };
  } finally {
    archive.close();
  }
}

/** @throws UserError for a file that is neither an archive nor a pickle */
async function isArchive(path: string): Promise<boolean> {
  const start = new Uint8Array(4);
  try {
    const file = await open(path);
    await file.read(start, 0, start.length, 0).finally(() => file.close());
  } catch (error) {
    throw explainFileError(error, 'read', path);
  }
  const text = new TextDecoder('latin1').decode(start);
  if (text.startsWith('PK')) return true;
  // The opcode PROTO.
  if (text.startsWith('\x80')) return false;
  throw new UserError(
    `${path} is no checkpoint of PyTorch: it starts like neither a zip archive nor a pickle. Perhaps it was not ` +
      'fetched completely.',
  );
}

async function checkByteOrder(archive: TorchArchive, path: string): Promise<void> {
  if (!archive.has('byteorder')) return;
  const order = new TextDecoder().decode(await archive.read('byteorder'));
  if (order.trim() !== 'little')
    throw new UserError(`${path} has the byte order "${order}"; only "little" is read`);
}

async function loadWeights({ root, storage }: TorchFile, path: string): Promise<StoredCheckpoint> {
  const { tensors, notes } = findStateDict(root, path);
  const complex = [...tensors].filter(
    ([
      ,
      {
        storage: { dtype },
      },
    ]) => dtype === undefined,
  );
  const left = complex.map(([name]) => `The tensor ${name} of complex numbers was left out.`);
  return { tensors: await loadTensors(tensors, storage, path), notes: [...notes, ...left] };
}

async function loadTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
  read: TorchFile['storage'],
  path: string,
): Promise<Record<string, StoredTensor>> {
  const storages = new Map<string, Uint8Array<ArrayBuffer>>();
  const loaded: [string, StoredTensor][] = [];
  let [stored, unfolded] = [0, 0];
  for (const [name, tensor] of tensors) {
    const { storage, shape } = tensor;
    const { dtype, key } = storage;
    if (dtype === undefined) continue;
    if (!fitsStorage(tensor)) {
      throw new UserError(`${path}: tensor "${name}" of shape [${shape}] reaches beyond its storage`);
    }
    if (!storages.has(key)) {
      storages.set(key, await read(key));
      stored += storage.elements;
    }
    const bytes = storages.get(key)!;
    if (bytes.byteLength !== storage.bytes) {
      throw new UserError(
        `${path}: the storage of tensor "${name}" has ${bytes.byteLength} bytes instead of ${storage.bytes}`,
      );
    }
    unfolded += elementCount(shape);
    if (unfolded > MAX_SHARING * stored)
      throw new UserError(`${path} was refused: too many tensors share a storage`);
    loaded.push([name, { dtype, shape, data: gatherElements(tensor, elementsOf(tensor, bytes)) }]);
  }
  return Object.fromEntries(loaded);
}

function elementsOf({ storage }: TorchTensor, { buffer }: Uint8Array<ArrayBuffer>): TensorData {
  const dtype = storage.dtype!;
  const bytes = storage.elements * bytesPerElement(dtype);
  return viewElements(dtype, bytes === buffer.byteLength ? buffer : buffer.slice(0, bytes));
}
