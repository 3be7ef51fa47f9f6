import type { PixelImage } from '../models/served-model.js';
import { ProblemError } from '../problem.js';
import type { InferInput, InferRequest } from './messages.js';

/** An image as a request brings it: encoded, its header not read yet, or pixels. */
export type SentImage = Uint8Array<ArrayBuffer> | PixelImage;

/** Most images of one request. */
export const mostImages = 64;

/**
 * The images of an inference request.
 *
 * `image`, BYTES [n]: encoded images; in JSON as base64. `pixels`, UINT8 [n, height, width, 3] or without n: sRGB. FP32
 * of the same shape: from 0 to 1, brought to 8 bits.
 * @param tail what follows the JSON
 * @throws ProblemError 400 for tensors of another name, type or shape, or with fewer or more bytes than their shape says
 */
export function readImages({ inputs }: InferRequest, tail: Uint8Array): SentImage[] {
  const [input] = inputs as [InferInput];
  const size = input.parameters?.binary_data_size;
  if (size === undefined && tail.length > 0)
    throw wrong('There are bytes after the JSON that no input claims.');
  if (size !== undefined && size !== tail.length) {
    throw wrong(`binary_data_size is ${String(size)}, but ${tail.length} bytes follow the JSON.`);
  }
  if (size !== undefined && input.data !== undefined)
    throw wrong('The input has both data and binary_data_size.');
  if (input.name === 'image' && input.datatype === 'BYTES')
    return encodedImages(input, size === undefined ? undefined : tail);
  if (input.name === 'pixels' && (input.datatype === 'UINT8' || input.datatype === 'FP32')) {
    return pixelImages(input, size === undefined ? undefined : tail);
  }
  throw wrong(
    `There is no input "${input.name}" of type ${input.datatype}. Inputs are "image", BYTES [n], and "pixels", ` +
      'UINT8 or FP32 [n, height, width, 3].',
  );
}

function encodedImages({ shape, data }: InferInput, tail: Uint8Array | undefined): SentImage[] {
  const count = shape.reduce((product, length) => product * length, 1);
  checkCount(count);
  const images = tail ? splitElements(tail) : decodeBase64(data);
  if (images.length !== count) throw wrong(`The shape says ${count} images, but there are ${images.length}.`);
  if (images.some(({ length }) => length === 0)) throw wrong('An image has no bytes.');
  return images;
}

/** Elements of a BYTES tensor: each its length, 4 bytes, little-endian, then its bytes. */
function splitElements(tail: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const elements: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < tail.length; ) {
    const end = at + 4 <= tail.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > tail.length) throw wrong('The lengths in a BYTES tensor do not fit its size.');
    elements.push(tail.slice(at + 4, end) as Uint8Array<ArrayBuffer>);
    if (elements.length > mostImages) break;
    at = end;
  }
  return elements;
}

function decodeBase64(data: readonly unknown[] | undefined): Uint8Array<ArrayBuffer>[] {
  if (!data) throw wrong('The input has neither data nor binary_data_size.');
  return data.map((element) => {
    if (typeof element !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(element)) {
      throw wrong('An image in JSON has to be base64.');
    }
    return Uint8Array.from(Buffer.from(element, 'base64'));
  });
}

function pixelImages({ shape, datatype, data }: InferInput, tail: Uint8Array | undefined): SentImage[] {
  const [count, height, width, channels] = (shape.length === 3 ? [1, ...shape] : shape) as [
    number,
    number,
    number,
    number,
  ];
  if (![3, 4].includes(shape.length) || channels !== 3 || height < 1 || width < 1) {
    throw wrong(`"pixels" has the shape [n, height, width, 3], not [${shape.join(', ')}].`);
  }
  checkCount(count);
  const values = tail ? binaryLevels(tail, datatype) : jsonLevels(data, datatype);
  const length = height * width * 3;
  if (values.length !== count * length) {
    throw wrong(`The shape says ${count * length} values, but there are ${values.length}.`);
  }
  return Array.from({ length: count }, (_, index) => ({
    data: values.slice(index * length, (index + 1) * length),
    width,
    height,
  }));
}

function checkCount(count: number): void {
  if (count < 1 || count > mostImages)
    throw wrong(`A request brings 1 to ${mostImages} images, not ${count}.`);
}

function binaryLevels(tail: Uint8Array, datatype: string): Uint8Array<ArrayBuffer> {
  if (datatype === 'UINT8') return Uint8Array.from(tail);
  if (tail.length % 4 !== 0) throw wrong('A FP32 tensor has 4 bytes for each value.');
  return levelsOf(new Float32Array(tail.slice().buffer));
}

function jsonLevels(data: readonly unknown[] | undefined, datatype: string): Uint8Array<ArrayBuffer> {
  if (!data) throw wrong('The input has neither data nor binary_data_size.');
  const values = data.flat(4);
  if (!values.every((value) => typeof value === 'number')) throw wrong('Pixels in JSON are numbers.');
  if (datatype === 'FP32') return levelsOf(values);
  const stranger = values.find((value) => !Number.isInteger(value) || value < 0 || value > 255);
  if (stranger === undefined) return Uint8Array.from(values);
  throw wrong(`UINT8 pixels are whole numbers from 0 to 255, not ${stranger}.`);
}

/**
 * Brings values from 0 to 1 to 8 bits.
 * @throws ProblemError 400 for others: most likely they go to 255, or have been normalised for another model
 */
function levelsOf(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const levels = new Uint8ClampedArray(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!(value >= 0 && value <= 1)) {
      throw wrong(
        `FP32 pixels are from 0 to 1, not ${value}. Send levels from 0 to 255 as UINT8; the server normalises pixels itself.`,
      );
    }
    levels[at] = 255 * value;
  }
  return new Uint8Array(levels.buffer);
}

function wrong(detail: string): ProblemError {
  return new ProblemError(400, 'bad_request', detail);
}
