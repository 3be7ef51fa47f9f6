import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from '../../src/onnx/protobuf-writer.js';

const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex');

// Expected bytes are the examples of https://protobuf.dev/programming-guides/encoding.
describe('ProtobufWriter', () => {
  it('writes integers as varints', () => {
    expect(hex(new ProtobufWriter().integer(1, 150))).toBe('089601');
  });

  it('writes negative integers as ten bytes of two-complement', () => {
    expect(hex(new ProtobufWriter().integer(1, -2))).toBe('08feffffffffffffffff01');
  });

  it('writes strings with their length', () => {
    expect(hex(new ProtobufWriter().text(2, 'testing'))).toBe('120774657374696e67');
  });

  it('writes nested messages', () => {
    expect(hex(new ProtobufWriter().message(3, (nested) => nested.integer(1, 150)))).toBe('1a03089601');
  });

  it('writes texts of one, two, three and four bytes a character, and their length in bytes', () => {
    expect(hex(new ProtobufWriter().text(1, 'aä€😀'))).toBe('0a0a61c3a4e282acf09f9880');
  });

  it('writes lengths of one byte up to 127, and of two from 128 on', () => {
    const nested = (length: number) =>
      hex(new ProtobufWriter().message(1, (inner) => inner.bytes(1, new Uint8Array(length)).integer(2, 300)));
    expect(nested(122)).toMatch(/^0a7f0a7a0{244}10ac02$/);
    expect(nested(123)).toMatch(/^0a80010a7b0{246}10ac02$/);
    expect(hex(new ProtobufWriter().message(1, () => undefined))).toBe('0a00');
  });

  it('writes integers beyond 31 and 53 bits', () => {
    expect(hex(new ProtobufWriter().integer(1, 2 ** 31))).toBe('088080808008');
    expect(hex(new ProtobufWriter().integer(1, 2n ** 63n - 1n))).toBe('08ffffffffffffffff7f');
  });

  it('writes nested messages of many fields', () => {
    const fields = 200_000;
    const writer = new ProtobufWriter().message(1, (nested) => {
      for (let field = 0; field < fields; field++) nested.integer(1, 1);
    });
    expect(writer.finish()).toHaveLength(1 + 3 + 2 * fields);
  });

  it('writes floats in little-endian order', () => {
    expect(hex(new ProtobufWriter().float(1, 1))).toBe('0d0000803f');
  });
});
