import { UserError } from '../base/errors.js';
import { elementCount } from '../tensor/named-arrays.js';
import type { DataType, TensorData } from './data-types.js';
import { bytesPerElement } from './data-types.js';
import type { PickleEnvironment, PickleValue } from './pickle.js';
import { PickleFunction } from './pickle.js';

/** A block of elements, in a record of its own; tensors are views of it. */
export class TorchStorage {
  /** Absent for elements that are no real numbers. */
  readonly dtype: DataType | undefined;
  readonly key: string;
  readonly elements: number;
  readonly bytes: number;

  /** @param bytes of an untyped storage, which need not be a whole number of elements */
  constructor(dtype: DataType | undefined, key: string, elements: number, bytes?: number) {
    this.dtype = dtype;
    this.key = key;
    this.elements = elements;
    this.bytes = bytes ?? elements * bytesPerElement(dtype ?? 'U8');
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

/** Type of a storage that has none: its tensors have. */
const untyped = 'untyped';
type StorageType = DataType | typeof untyped | undefined;

const storageTypes: Readonly<Record<string, StorageType>> = {
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
  'torch.ComplexFloatStorage': undefined,
  'torch.ComplexDoubleStorage': undefined,
  'torch.storage.UntypedStorage': untyped,
  'torch.UntypedStorage': untyped,
};

/** Types of tensors under the names torch has for them. */
const elementTypes: Readonly<Record<string, DataType | undefined>> = {
  'torch.float64': 'F64',
  'torch.double': 'F64',
  'torch.float32': 'F32',
  'torch.float': 'F32',
  'torch.float16': 'F16',
  'torch.half': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.int64': 'I64',
  'torch.long': 'I64',
  'torch.int32': 'I32',
  'torch.int': 'I32',
  'torch.int16': 'I16',
  'torch.short': 'I16',
  'torch.int8': 'I8',
  'torch.uint64': 'U64',
  'torch.uint32': 'U32',
  'torch.uint16': 'U16',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.complex32': undefined,
  'torch.complex64': undefined,
  'torch.complex128': undefined,
};

/**
 * What the pickle of a state dict may refer to: tensors, and the plain data that torch.load(weights_only=True) takes. All
 * of it is rebuilt here; nothing of a file is ever run.
 */
export function torchEnvironment(source: string): PickleEnvironment {
  const damaged = (what: string): never => {
    throw new UserError(`${source} is damaged: ${what}`);
  };
  const rebuilt = (tensor: TorchTensor | undefined) => tensor ?? damaged('a tensor is described wrongly');
  const functions: Readonly<Record<string, PickleFunction['call']>> = {
    'torch._utils._rebuild_tensor': (args) => rebuilt(rebuildTensor(args)),
    'torch._utils._rebuild_tensor_v2': (args) => rebuilt(rebuildTensor(args)),
    'torch._utils._rebuild_tensor_v3': (args) => rebuilt(rebuildTensor(args, args[6])),
    'torch._utils._rebuild_parameter': ([tensor]) => tensor ?? damaged('a parameter without a tensor'),
    'torch._utils._rebuild_parameter_with_state': ([tensor]) =>
      tensor ?? damaged('a parameter without a tensor'),
    'torch.Size': ([sizes = []]) => sizes,
    ...plainData(damaged),
  };
  return {
    source,
    global: (name) => {
      if (Object.hasOwn(storageTypes, name)) return { storageType: storageTypes[name] };
      if (Object.hasOwn(elementTypes, name)) return { elementType: elementTypes[name] };
      return Object.hasOwn(functions, name) ? new PickleFunction(name, functions[name]!) : undefined;
    },
    persistent: (id) => parseStorage(id) ?? damaged('a reference to a storage is malformed'),
  };
}

/** Containers and values that lie beside the weights; what is in them is not used. */
function plainData(damaged: (what: string) => never): Readonly<Record<string, PickleFunction['call']>> {
  const inert: PickleFunction['call'] = () => ({});
  const list: PickleFunction['call'] = ([items = []]) => items;
  return {
    // Python 2 wrote the entries as its argument, a list of pairs.
    'collections.OrderedDict': ([items = []]) =>
      Array.isArray(items) && items.every((item) => Array.isArray(item) && item.length === 2)
        ? new Map(items as [PickleValue, PickleValue][])
        : damaged('an ordered dictionary of something else than pairs'),
    'collections.Counter': ([counts]) => (counts instanceof Map ? counts : new Map()),
    // Its first argument, what to make for keys that are missing, is not called.
    'collections.defaultdict': () => new Map(),
    'builtins.set': list,
    '__builtin__.set': list,
    'builtins.frozenset': list,
    '__builtin__.frozenset': list,
    // Python 3 writes bytes so for Python 2 to read.
    '_codecs.encode': ([text]) => (typeof text === 'string' ? Buffer.from(text, 'latin1') : {}),
    'builtins.bytearray': ([bytes]) => bytes ?? new Uint8Array(0),
    '__builtin__.bytearray': ([bytes]) => bytes ?? new Uint8Array(0),
    'builtins.complex': inert,
    '__builtin__.complex': inert,
    'torch.device': inert,
    'torch.serialization._get_layout': inert,
    'torch.nn.parameter.Parameter': ([tensor]) => tensor ?? {},
    // Settings and scores beside the weights: neither the classes nor their code are needed to pass them over.
    'argparse.Namespace': inert,
    'pathlib.PosixPath': inert,
    'pathlib.WindowsPath': inert,
    'builtins.int': inert,
    'builtins.list': inert,
    'builtins.dict': inert,
    'builtins.float': inert,
    'numpy.dtype': inert,
    'numpy.core.multiarray.scalar': inert,
    'numpy._core.multiarray.scalar': inert,
    'numpy.ndarray': inert,
    'numpy.core.multiarray._reconstruct': inert,
    'numpy._core.multiarray._reconstruct': inert,
  };
}

/** A persistent id: ('storage', type, record, device, number of elements). */
function parseStorage(id: PickleValue): TorchStorage | undefined {
  if (!Array.isArray(id) || id[0] !== 'storage') return undefined;
  const [, type, key, , elements] = id;
  const isType = typeof type === 'object' && type !== null && 'storageType' in type;
  if (!isType || typeof key !== 'string' || !isCount(elements)) return undefined;
  const storageType = type.storageType as StorageType;
  // Bytes, until a tensor says what they are.
  return new TorchStorage(storageType === untyped ? 'U8' : storageType, key, elements);
}

/** @param type of a tensor of an untyped storage; its offset and strides count elements, the storage bytes */
function rebuildTensor(
  [storage, offset, shape, stride]: readonly PickleValue[],
  type?: PickleValue,
): TorchTensor | undefined {
  const isValid =
    storage instanceof TorchStorage &&
    isCount(offset) &&
    isCounts(shape) &&
    isCounts(stride) &&
    shape.length === stride.length;
  if (!isValid) return undefined;
  if (type === undefined) return new TorchTensor(storage, offset, shape, stride);
  if (typeof type !== 'object' || type === null || !('elementType' in type)) return undefined;
  const dtype = type.elementType as DataType | undefined;
  const { key, bytes } = storage;
  const elements = Math.floor(bytes / bytesPerElement(dtype ?? 'U8'));
  return new TorchTensor(new TorchStorage(dtype, key, elements, bytes), offset, shape, stride);
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
