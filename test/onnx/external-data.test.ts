import { describe, expect, it } from 'vitest';
import { packExternalData } from '../../src/onnx/external-data.js';

describe('packExternalData', () => {
  it('aligns every tensor to 64 bytes and keeps its bytes', () => {
    const first = Uint8Array.from({ length: 65 }, (_, index) => index);
    const second = Uint8Array.of(7, 8);
    const { bytes, locations } = packExternalData('weights.bin', { first, second });
    expect(locations).toEqual({
      first: { file: 'weights.bin', offset: 0, length: 65 },
      second: { file: 'weights.bin', offset: 128, length: 2 },
    });
    expect(bytes.subarray(0, 65)).toEqual(first);
    expect(bytes.subarray(128)).toEqual(second);
  });
});
