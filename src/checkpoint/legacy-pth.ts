import { UserError } from '../base/errors.js';
import { ByteCursor } from './byte-cursor.js';
import { bytesPerElement } from './data-types.js';
import type { PickleEnvironment, PickleValue } from './pickle.js';
import { unpickleNext } from './pickle.js';
import type { TorchStorage } from './torch-tensors.js';
import { torchEnvironment } from './torch-tensors.js';

/** First of the pickles in a file of torch.save before version 1.6; a number of ten bytes, rounded as ours are. */
const magicNumber = Number(0x1950a86a20f9469cfc6cn);
const protocolVersion = 1001;

/** A pickle's value and the bytes of the storages that it refers to. */
export interface LegacyFile {
  readonly root: PickleValue;
  readonly storages: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Reads the format of torch.save before version 1.6, and since then with `_use_new_zipfile_serialization=False`: pickles of
 * a magic number, a version, facts about the machine, the object and the keys of its storages; then these, each behind
 * the number of its elements.
 * @throws UserError when it is another pickle, damaged, or from a machine of the other byte order
 */
export function readLegacyPth(bytes: Uint8Array, source: string): LegacyFile {
  const found = new Map<string, TorchStorage>();
  const environment = collecting(torchEnvironment(source), found);
  const cursor = new ByteCursor(bytes, source);
  const next = () => unpickleNext(cursor, environment);
  if (next() !== magicNumber) {
    throw new UserError(`${source} is a pickle, but not one that torch.save writes.`);
  }
  if (next() !== protocolVersion) {
    throw new UserError(
      `${source} has another version of the format of torch.save before 1.6 than ${protocolVersion}.`,
    );
  }
  checkMachine(next(), source);
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new UserError(`${source} is damaged: the list of its storages is missing`);
  const storages = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? found.get(key) : undefined;
    if (!storage) throw new UserError(`${source} is damaged: it has a storage that nothing refers to`);
    storages.set(storage.key, takeStorage(cursor, storage, source));
  }
  const missing = [...found.keys()].find((key) => !storages.has(key));
  if (missing !== undefined) throw new UserError(`${source} is damaged: the storage ${missing} is missing`);
  return { root, storages };
}

/** Remembers the storages that a pickle refers to. */
function collecting(environment: PickleEnvironment, found: Map<string, TorchStorage>): PickleEnvironment {
  return {
    ...environment,
    persistent: (id) => {
      const storage = environment.persistent(id) as TorchStorage;
      // A sixth entry makes it a view of another one, as torch did before 0.4.
      if (Array.isArray(id) && id.length > 5 && id[5] !== null) {
        throw new UserError(
          `${environment.source} has views of storages, as PyTorch wrote before 0.4; save it again.`,
        );
      }
      found.set(storage.key, storage);
      return storage;
    },
  };
}

function checkMachine(machine: PickleValue, source: string): void {
  const isLittle = machine instanceof Map ? machine.get('little_endian') : undefined;
  if (isLittle !== true) throw new UserError(`${source} has the byte order "big"; only "little" is read`);
}

function takeStorage(
  cursor: ByteCursor,
  { dtype, elements }: TorchStorage,
  source: string,
): Uint8Array<ArrayBuffer> {
  if (dtype === undefined) {
    throw new UserError(
      `${source} has tensors of complex numbers, which are not read in the format before PyTorch 1.6.`,
    );
  }
  const count = cursor.uint64();
  if (count !== elements) {
    throw new UserError(`${source} is damaged: a storage has ${count} elements instead of ${elements}`);
  }
  // Copied: elements have to start at a multiple of their size.
  return new Uint8Array(cursor.take(count * bytesPerElement(dtype)));
}
