import { describe, expect, it } from 'vitest';
import { openLine, sealedLine } from '../../src/base/sealed-lines.js';

const value = { tile: 3, scores: [0.25, 1e-7], name: 'a "crc32":"00000000"} b' };

describe('sealedLine', () => {
  it('is JSON that has the value and the checksum of zlib', () => {
    // crc32 of `{"a":1` by Python's zlib.
    expect(sealedLine({ a: 1 })).toBe('{"a":1,"crc32":"a702fc6e"}');
    expect(JSON.parse(sealedLine(value))).toMatchObject(value);
  });
});

describe('openLine', () => {
  it('gives back what was sealed', () => {
    expect(openLine(sealedLine(value))).toMatchObject({ value, isSealed: true });
  });

  it('never takes a line with a flipped bit for one that is sealed and right', () => {
    const bytes = Buffer.from(sealedLine(value));
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const opened = openLine(flipped.toString());
      expect(opened?.isSealed ?? false).toBe(false);
    }
  });

  it('reads lines without a checksum, and says so', () => {
    expect(openLine('{"a":1}')).toEqual({ value: { a: 1 }, isSealed: false });
    expect(openLine('{"a":')).toBeUndefined();
  });
});
