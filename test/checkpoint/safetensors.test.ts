import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesPerElement, dataTypes, viewElements } from '../../src/checkpoint/data-types.js';
import {
  parseSafetensors,
  readSafetensors,
  toFloat32,
  type WritableTensor,
  writeSafetensors,
} from '../../src/checkpoint/safetensors.js';
import { checkFinite, elementCount } from '../../src/tensor/named-arrays.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

function fileBytes(header: unknown, dataBytes = 0, text = JSON.stringify(header)): Uint8Array {
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const tensor = fc
  .record({ dtype: fc.constantFrom(...dataTypes), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
  .chain(({ dtype, shape }) => {
    const length = elementCount(shape) * bytesPerElement(dtype);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes): Required<WritableTensor> => {
      return { dtype, shape, data: viewElements(dtype, new Uint8Array(bytes).buffer) };
    });
  });

describe('round trip', () => {
  it('keeps every type, shape, name and bit', async () => {
    const path = join(folder, 'round-trip.safetensors');
    const name = fc
      .string({ unit: 'binary' })
      .filter((text) => text !== '__proto__' && text !== '__metadata__');
    const property = fc.asyncProperty(
      fc.dictionary(name, tensor),
      fc.dictionary(name, fc.string()),
      async (tensors, metadata) => {
        await writeSafetensors(path, tensors, { metadata });
        const read = await readSafetensors(path);
        const parsed = parseSafetensors(await readFile(path));
        expect({ ...read.metadata }).toEqual({ ...metadata });
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const [key, { dtype, shape, data }] of Object.entries(tensors)) {
          expect(read.tensors[key]).toEqual({ dtype, shape, data });
          expect(parsed.tensors[key]).toEqual({ dtype, shape, data });
        }
      },
    );
    await fc.assert(property, { seed: 1, numRuns: 40 });
  });

  it('starts every tensor at a multiple of its element size', async () => {
    const path = join(folder, 'aligned.safetensors');
    const tensors = {
      flag: { dtype: 'BOOL' as const, shape: [3], data: new Uint8Array(3) },
      double: { shape: [1], data: new Float64Array(1) },
      half: { dtype: 'F16' as const, shape: [1], data: new Uint16Array(1) },
    };
    await writeSafetensors(path, tensors);
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    expect(length % 8).toBe(0);
    expect(header.double.data_offsets[0] % 8).toBe(0);
    expect(header.half.data_offsets[0] % 2).toBe(0);
  });
});

describe('conversion to float32', () => {
  it('decodes half, bfloat16, double, integers and booleans', () => {
    const tensors = {
      half: {
        dtype: 'F16' as const,
        shape: [5],
        data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555),
      },
      brain: { dtype: 'BF16' as const, shape: [2], data: Uint16Array.of(0x3f80, 0xc049) },
      double: { dtype: 'F64' as const, shape: [1], data: Float64Array.of(0.1) },
      long: { dtype: 'I64' as const, shape: [1], data: BigInt64Array.of(-7n) },
      flag: { dtype: 'BOOL' as const, shape: [2], data: Uint8Array.of(0, 1) },
    };
    const converted = toFloat32(tensors);
    expect([...converted.half!.data]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY, 0.333251953125]);
    expect([...converted.brain!.data]).toEqual([1, -3.140625]);
    expect([...converted.double!.data]).toEqual([Math.fround(0.1)]);
    expect([...converted.long!.data]).toEqual([-7]);
    expect([...converted.flag!.data]).toEqual([0, 1]);
  });

  it('refuses weights with NaN or infinities, naming the tensor', () => {
    const arrays = {
      good: { shape: [1], data: Float32Array.of(1) },
      bad: { shape: [3], data: Float32Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY) },
    };
    expect(() => checkFinite(arrays, 'model.safetensors')).toThrow(/model\.safetensors.*"bad" has 2 of 3/);
  });
});

describe('malformed files', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['a few bytes', Uint8Array.of(1, 2, 3), /not a safetensors file: it has only 3 bytes/],
    [
      'an absurd header length',
      new Uint8Array(16).fill(0xff),
      /header would have 18446744073709551615 bytes/,
    ],
    ['a header cut short', fileBytes({ a: f32([1], 0, 4) }, 4).subarray(0, 20), /truncated: its header/],
    ['text', new TextEncoder().encode('\x08\0\0\0\0\0\0\0weights!'), /header is not JSON/],
    ['a JSON array', fileBytes([]), /not a JSON object/],
    ['data cut short', fileBytes({ a: f32([2], 0, 8) }, 4), /truncated: tensor "a" ends at byte 8/],
    ['overlap', fileBytes({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /"a" and "b" overlap/],
    ['a gap', fileBytes({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /4 bytes before tensor "b"/],
    ['trailing bytes', fileBytes({ a: f32([1], 0, 4) }, 6), /2 bytes at its end belong to no tensor/],
    ['a span of the wrong size', fileBytes({ a: f32([3], 0, 8) }, 8), /"a".*\[3\] needs 12 bytes.*has 8/],
    ['a reversed span', fileBytes({ a: f32([1], 4, 0) }, 4), /"a".*needs 4 bytes.*has -4/],
    ['an overflowing shape', fileBytes({ a: f32([2 ** 40, 2 ** 40], 0, 8) }, 8), /"a".*needs/],
    ['an unknown type', fileBytes({ a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, 4), /"a".*type F8_E4M3/],
    ['a negative size', fileBytes({ a: f32([-1], 0, 4) }, 4), /"a" is described wrongly/],
    ['an entry that is no object', fileBytes({ a: 1 }), /"a" is described wrongly/],
    ['metadata that is no text', fileBytes({ __metadata__: { a: 1 } }), /__metadata__/],
    [
      'a duplicate name',
      fileBytes({}, 4, '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":1}'),
      /two tensors are named "a"/,
    ],
  ];
  it.each(cases)('refuses %s', async (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, 'x.safetensors')).toThrow(message);
    const path = join(folder, 'malformed.safetensors');
    await writeFile(path, bytes);
    const error = await readSafetensors(path).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) });
    expect(String(error)).toContain(path);
  });

  it('names a missing file and a folder', async () => {
    await expect(readSafetensors(join(folder, 'none'))).rejects.toThrow(
      /cannot read .*none: there is no such/,
    );
    await expect(readSafetensors(folder)).rejects.toThrow(/it is a folder/);
  });

  it('throws nothing but UserErrors on arbitrary damage', () => {
    const whole = fileBytes({ a: f32([2], 0, 8), b: f32([1], 8, 12) }, 12);
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      value: fc.nat(255),
      keep: fc.nat(whole.length),
    });
    const property = fc.property(damage, ({ at, value, keep }) => {
      const bytes = whole.slice(0, keep);
      if (at < keep) bytes[at] = value;
      try {
        parseSafetensors(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'UserError' });
      }
    });
    fc.assert(property, { seed: 2, numRuns: 500 });
  });
});
