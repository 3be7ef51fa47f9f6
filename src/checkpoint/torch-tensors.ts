import { UserError } from '../base/errors.js';
import { elementCount } from '../tensor/named-arrays.js';
import type { DataType, TensorData } from './data-types.js';
import { bytesPerElement } from './data-types.js';
import type { PickleEnvironment, PickleValue } from './pickle.js';
import { PickleFunction } from './pickle.js';

/** A block of elements, in a record of its own; tensors are views of it. */
class TorchStorage {
  readonly dtype: DataType;
  readonly key: string;
  readonly elements: number;

  constructor(dtype: DataType, key: string, elements: number) {
    this.dtype = dtype;
    this.key = key;
    this.elements = elements;
  }
}

/** A tensor as a pickle describes it: which elements of which storage. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], stride: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.stride = stride;
  }
}

const storageTypes: Readonly<Record<string, DataType>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** What the pickle of a state dict may refer to: tensors, ordered dictionaries, and nothing else. */
export function torchEnvironment(source: string): PickleEnvironment {
  const damaged = (what: string): never => {
    throw new UserError(`${source} is damaged: ${what}`);
  };
  const functions: Readonly<Record<string, PickleFunction['call']>> = {
    'collections.OrderedDict': (args) =>
      args.length === 0 ? new Map() : damaged('an ordered dictionary with content'),
    'torch.Size': ([sizes = []]) => sizes,
    'torch._utils._rebuild_tensor': (args) => rebuildTensor(args) ?? damaged('a tensor is described wrongly'),
    'torch._utils._rebuild_tensor_v2': (args) =>
      rebuildTensor(args) ?? damaged('a tensor is described wrongly'),
    'torch._utils._rebuild_parameter': ([tensor]) => tensor ?? damaged('a parameter without a tensor'),
  };
  return {
    source,
    global: (name) => {
      if (Object.hasOwn(storageTypes, name)) return { storageType: storageTypes[name] };
      return Object.hasOwn(functions, name) ? new PickleFunction(name, functions[name]!) : undefined;
    },
    persistent: (id) => parseStorage(id) ?? damaged('a reference to a storage is malformed'),
  };
}

/** A persistent id: ('storage', type, record, device, number of elements). */
function parseStorage(id: PickleValue): TorchStorage | undefined {
  if (!Array.isArray(id) || id[0] !== 'storage') return undefined;
  const [, type, key, , elements] = id;
  const isType = typeof type === 'object' && type !== null && 'storageType' in type;
  if (!isType || typeof key !== 'string' || !isCount(elements)) return undefined;
  return new TorchStorage(type.storageType as DataType, key, elements);
}

function rebuildTensor([storage, offset, shape, stride]: readonly PickleValue[]): TorchTensor | undefined {
  const isValid =
    storage instanceof TorchStorage &&
    isCount(offset) &&
    isCounts(shape) &&
    isCounts(stride) &&
    shape.length === stride.length;
  return isValid ? new TorchTensor(storage, offset, shape, stride) : undefined;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

/** Whether all elements of a tensor lie in its storage, and are not more than the storage has. */
export function fitsStorage({ storage, offset, shape, stride }: TorchTensor): boolean {
  const count = elementCount(shape);
  if (count === 0) return true;
  const last = shape.reduce((index, size, axis) => index + (size - 1) * stride[axis]!, offset);
  return last < storage.elements && count <= storage.elements;
}

/** Bytes that the elements of a storage need. */
export function storageBytes({ dtype, elements }: TorchStorage): number {
  return elements * bytesPerElement(dtype);
}

/**
 * The elements of a tensor in row-major order: a view of the storage where they lie so, otherwise a copy.
 * @param elements all elements of its storage
 */
export function gatherElements({ offset, shape, stride }: TorchTensor, elements: TensorData): TensorData {
  const count = elementCount(shape);
  if (isContiguous(shape, stride)) return elements.subarray(offset, offset + count);
  const gathered = elements.slice(0, count);
  const index = shape.map(() => 0);
  let position = offset;
  for (let target = 0; target < count; target++) {
    gathered[target] = elements[position]!;
    // Counts up like an odometer, last axis first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}

/** Axes of size 1 may have any stride. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
