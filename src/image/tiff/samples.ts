import { Float16Array } from '@petamoriken/float16';
import type { Samples } from '../raster/raster-source.js';
import type { TiffLayout } from './tiff-layout.js';

/** A piece of a block: `rows` rows of `columns` pixels of `bands` samples. */
export interface BlockShape {
  readonly columns: number;
  readonly rows: number;
  readonly bands: number;
}

type SampleFormat = Pick<TiffLayout, 'bits' | 'kind' | 'isLittleEndian' | 'predictor'>;

const horizontal = 2;
const floatingPoint = 3;

/** Bytes of a row as it is stored: rows start at whole bytes. */
export function rowBytes({ columns, bands }: BlockShape, bits: number): number {
  return Math.ceil((columns * bands * bits) / 8);
}

/**
 * Turns the bytes of a block into samples: byte order, packed bits, differences of neighbours (TIFF 6.0, section 14; TIFF
 * Technical Note 3 for floats).
 * @param usesPredictor whether the compression of the block is one that goes with a predictor
 * @throws Error when the block is shorter than its pixels
 */
export function toSamples(
  bytes: Uint8Array,
  format: SampleFormat,
  shape: BlockShape,
  usesPredictor: boolean,
): Samples {
  const { bits, kind } = format;
  const size = rowBytes(shape, bits) * shape.rows;
  if (bytes.length < size) throw new Error(`a block has ${bytes.length} of ${size} bytes`);
  const predictor = usesPredictor ? format.predictor : 1;
  if (![1, horizontal, floatingPoint].includes(predictor))
    throw new Error(`predictor ${predictor} is not known`);
  if (bits % 8 !== 0 || bits === 24) {
    if (predictor !== 1) throw new Error(`predictor ${predictor} does not go with ${bits} bits`);
    return bits === 24 ? threeBytes(bytes, shape, format.isLittleEndian) : unpackBits(bytes, bits, shape);
  }
  const own = aligned(bytes.subarray(0, size), bits / 8);
  if (predictor === floatingPoint) {
    unshuffle(own, shape, bits / 8);
    return typed(own, bits, kind);
  }
  if (!format.isLittleEndian) swapBytes(own, bits);
  if (predictor === horizontal) addUp(unsigned(own, bits), shape);
  return typed(own, bits, kind);
}

/** Bytes that start where a typed array can; a copy where they do not. */
function aligned(bytes: Uint8Array, sampleBytes: number): Uint8Array {
  return bytes.byteOffset % sampleBytes === 0 ? bytes : bytes.slice();
}

/** Turns the bytes of each sample around, in place. */
export function swapBytes(bytes: Uint8Array, bits: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bits === 16) buffer.swap16();
  else if (bits === 32) buffer.swap32();
  else if (bits === 64) buffer.swap64();
}

function unsigned({ buffer, byteOffset, length }: Uint8Array, bits: number) {
  if (bits === 8) return new Uint8Array(buffer, byteOffset, length);
  if (bits === 16) return new Uint16Array(buffer, byteOffset, length / 2);
  if (bits === 32) return new Uint32Array(buffer, byteOffset, length / 4);
  return new BigUint64Array(buffer, byteOffset, length / 8);
}

/** Samples of 64 bits, and floats of 16, are given as floats that hold them; integers beyond 2^53 lose their last digits. */
function typed({ buffer, byteOffset, length }: Uint8Array, bits: number, kind: TiffLayout['kind']): Samples {
  const count = length / (bits / 8);
  if (kind === 'float') {
    if (bits === 16) return Float32Array.from(new Float16Array(buffer as ArrayBuffer, byteOffset, count));
    return bits === 32
      ? new Float32Array(buffer, byteOffset, count)
      : new Float64Array(buffer, byteOffset, count);
  }
  const isSigned = kind === 'int';
  switch (bits) {
    case 8:
      return isSigned ? new Int8Array(buffer, byteOffset, count) : new Uint8Array(buffer, byteOffset, count);
    case 16:
      return isSigned
        ? new Int16Array(buffer, byteOffset, count)
        : new Uint16Array(buffer, byteOffset, count);
    case 32:
      return isSigned
        ? new Int32Array(buffer, byteOffset, count)
        : new Uint32Array(buffer, byteOffset, count);
    default:
      return Float64Array.from(
        isSigned
          ? new BigInt64Array(buffer, byteOffset, count)
          : new BigUint64Array(buffer, byteOffset, count),
        Number,
      );
  }
}

/** Undoes differences of neighbours. */
function addUp(samples: ReturnType<typeof unsigned>, { columns, rows, bands }: BlockShape): void {
  const width = columns * bands;
  // Adds big integers in the same words.
  const values = samples as Uint32Array;
  for (let row = 0; row < rows; row++)
    for (let at = row * width + bands; at < (row + 1) * width; at++) values[at]! += values[at - bands]!;
}

/** Undoes differences of the bytes of floats, which are sorted by their place in a float, the highest first. */
function unshuffle(bytes: Uint8Array, { columns, rows, bands }: BlockShape, sampleBytes: number): void {
  const count = columns * bands;
  const length = count * sampleBytes;
  const copy = new Uint8Array(length);
  for (let row = 0; row < rows; row++) {
    const part = bytes.subarray(row * length, (row + 1) * length);
    for (let at = bands; at < length; at++) part[at]! += part[at - bands]!;
    copy.set(part);
    for (let sample = 0; sample < count; sample++)
      for (let byte = 0; byte < sampleBytes; byte++)
        part[sample * sampleBytes + byte] = copy[(sampleBytes - 1 - byte) * count + sample]!;
  }
}

/** Samples whose bits follow each other, the highest first; rows start at whole bytes. */
function unpackBits(bytes: Uint8Array, bits: number, shape: BlockShape): Samples {
  const { rows, columns, bands } = shape;
  const width = columns * bands;
  const samples = newUnsigned(bits, width * rows);
  const stored = rowBytes(shape, bits);
  // Not by shifts alone, as those are of 32 bits.
  const range = 2 ** bits;
  for (let row = 0; row < rows; row++) {
    let [from, held, heldBits] = [row * stored, 0, 0];
    for (let at = row * width; at < (row + 1) * width; at++) {
      while (heldBits < bits) {
        held = held * 256 + bytes[from++]!;
        heldBits += 8;
      }
      heldBits -= bits;
      const rest = 2 ** heldBits;
      samples[at] = Math.floor(held / rest) % range;
      held %= rest;
    }
  }
  return samples;
}

function newUnsigned(bits: number, length: number) {
  if (bits <= 8) return new Uint8Array(length);
  return bits <= 16 ? new Uint16Array(length) : new Uint32Array(length);
}

function threeBytes(
  bytes: Uint8Array,
  { columns, rows, bands }: BlockShape,
  isLittleEndian: boolean,
): Samples {
  const [first, third] = isLittleEndian ? [0, 2] : [2, 0];
  return Uint32Array.from({ length: columns * rows * bands }, (_, at) => {
    return bytes[3 * at + first]! + 256 * bytes[3 * at + 1]! + 65536 * bytes[3 * at + third]!;
  });
}
