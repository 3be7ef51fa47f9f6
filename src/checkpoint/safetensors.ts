import { createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';
import { elementCount } from '../tensor/named-arrays.js';
import { bytesPerElement, type DataType, dataTypeOf, type TensorData } from './data-types.js';
import type { SafetensorsFile, StoredTensor } from './safetensors-bytes.js';
import { storedTensor } from './safetensors-bytes.js';
import { headerLength, LENGTH_BYTES, parseHeader } from './safetensors-header.js';

export type { SafetensorsFile, StoredTensor } from './safetensors-bytes.js';
export { parseSafetensors, toFloat32 } from './safetensors-bytes.js';

/** A file and the CRC-32 of its bytes, which zlib computes at a gigabyte a second. */
export interface ReadSafetensors extends SafetensorsFile {
  readonly crc32: number;
}

/** Name of the last tensor of a sealed file: the CRC-32 of all bytes before it. */
const SEAL = '__crc32__';

/**
 * Reads a safetensors file (format of huggingface/safetensors 0.4). Allocates no more than the file's own size.
 * @throws UserError naming the file, and the tensor where one is at fault, when it is missing, truncated or malformed, or
 *   sealed and damaged
 */
export async function readSafetensors(path: string): Promise<ReadSafetensors> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await readOpenFile(file, path);
  } catch (error) {
    throw explainFileError(error, 'read', path);
  } finally {
    await file?.close();
  }
}

async function readOpenFile(file: FileHandle, path: string): Promise<ReadSafetensors> {
  const { size } = await file.stat();
  const start = await readSpan(file, 0, Math.min(size, LENGTH_BYTES), path);
  const dataStart = LENGTH_BYTES + headerLength(start, size, path);
  const text = await readSpan(file, LENGTH_BYTES, dataStart, path);
  const header = parseHeader(text, size - dataStart, path);
  const found = new Map<string, StoredTensor>();
  let sum = crc32(text, crc32(start));
  // In the order of the file, which need not be that of its header. The next tensor is read while this one is summed.
  const spans = header.spans.toSorted((a, b) => a.begin - b.begin);
  const readNext = (index: number) => {
    const span = spans[index];
    const reading = span && readSpan(file, dataStart + span.begin, dataStart + span.end, path);
    reading?.catch(() => undefined);
    return reading;
  };
  let next = readNext(0);
  for (const [index, span] of spans.entries()) {
    const bytes = await next!;
    next = readNext(index + 1);
    const tensor = storedTensor(span, bytes.buffer);
    if (span.name === SEAL) checkSeal(tensor, sum, path);
    else found.set(span.name, tensor);
    sum = crc32(bytes, sum);
  }
  const tensors = header.spans
    .filter(({ name }) => name !== SEAL)
    .map(({ name }) => [name, found.get(name)!]);
  return { metadata: header.metadata, tensors: Object.fromEntries(tensors), crc32: sum };
}

function checkSeal({ data }: StoredTensor, sum: number, path: string): void {
  if (data.length === 1 && data[0] === sum) return;
  throw new UserError(`${path} is damaged: its checksum is wrong.`);
}

async function readSpan(
  file: FileHandle,
  begin: number,
  end: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin);
  let filled = 0;
  while (filled < bytes.byteLength) {
    const { bytesRead } = await file.read(bytes, filled, bytes.byteLength - filled, begin + filled);
    if (bytesRead === 0) throw new UserError(`${path} became shorter while it was read`);
    filled += bytesRead;
  }
  return bytes;
}

/** What {@link writeSafetensors} takes: the type defaults to that of the array's elements. */
export interface WritableTensor {
  readonly dtype?: DataType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface WriteOptions {
  /** Free text, kept in the header. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether the file ends with a checksum of itself, which {@link readSafetensors} checks. */
  readonly isSealed?: boolean;
}

/**
 * Writes a safetensors file, streaming tensor by tensor.
 * @returns the CRC-32 of its bytes
 * @throws Error when a tensor's data does not fit its shape and type; UserError when the path cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, WritableTensor>>,
  { metadata = {}, isSealed = false }: WriteOptions = {},
): Promise<number> {
  const seal: OrderedTensor = [SEAL, { dtype: 'U32', shape: [1], data: new Uint32Array(1) }];
  const ordered = alignedOrder(tensors);
  const header = encodeHeader(isSealed ? [...ordered, seal] : ordered, metadata);
  let sum = 0;
  const chunks = function* () {
    for (const chunk of [header, ...ordered.map(([, { data }]) => bytesOf(data))]) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
    if (!isSealed) return;
    const end = bytesOf(Uint32Array.of(sum));
    sum = crc32(end, sum);
    yield end;
  };
  try {
    await pipeline(Readable.from(chunks()), createWriteStream(path));
    return sum;
  } catch (error) {
    throw explainFileError(error, 'write', path);
  }
}

type OrderedTensor = readonly [name: string, tensor: Required<WritableTensor>];

/** Wider elements first, so that every tensor starts at a multiple of its element size. */
function alignedOrder(tensors: Readonly<Record<string, WritableTensor>>): OrderedTensor[] {
  const typed = Object.entries(tensors).map(([name, { dtype, shape, data }]): OrderedTensor => {
    return [name, { dtype: dtype ?? dataTypeOf(data), shape, data }];
  });
  return typed.sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
}

function encodeHeader(
  tensors: readonly OrderedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(([name, { dtype, shape, data }]) => {
    const bytes = elementCount(shape) * bytesPerElement(dtype);
    if (bytes !== data.byteLength) {
      throw new Error(`tensor "${name}": ${data.byteLength} bytes do not fit ${dtype} of shape [${shape}]`);
    }
    const begin = offset;
    offset += bytes;
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
  });
  const header = Object.fromEntries<unknown>([['__metadata__', metadata], ...entries]);
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Padded with blanks so that the data starts at a multiple of eight.
  const length = Math.ceil(json.byteLength / LENGTH_BYTES) * LENGTH_BYTES;
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
