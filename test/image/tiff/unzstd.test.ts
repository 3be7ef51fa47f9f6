import { describe, expect, it } from 'vitest';
import { unzstdBlock } from '../../../src/image/tiff/inflate.js';
import { unzstd } from '../../../src/image/tiff/unzstd.js';

/** A Zstandard frame (RFC 8878, 3.1.1) of one block: as it is, or one byte so many times. */
function frame(content: Uint8Array | { readonly byte: number; readonly times: number }): Buffer {
  const isRaw = content instanceof Uint8Array;
  const size = isRaw ? content.length : content.times;
  // Single segment, with the size of the content in four bytes.
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(size, 5);
  header.writeUIntLE((size << 3) | (isRaw ? 0 : 2) | 1, 9, 3);
  return Buffer.concat([header, isRaw ? content : Uint8Array.of(content.byte)]);
}

const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) % 251);

describe('Zstandard blocks', () => {
  it('are decompressed, also of several frames', async () => {
    const two = Buffer.concat([frame(bytes), frame({ byte: 9, times: 5000 })]);
    const pixels = await unzstd(two, 6000);
    expect(Buffer.compare(pixels.subarray(0, 1000), bytes)).toBe(0);
    expect(pixels.length).toBe(6000);
    expect(pixels.subarray(1000).every((byte) => byte === 9)).toBe(true);
  });

  it('come back to who asked, many at a time', async () => {
    const times = Array.from({ length: 40 }, (_, at) => at + 1);
    const blocks = await Promise.all(times.map((byte) => unzstd(frame({ byte, times: 100 * byte }), 1e5)));
    for (const [at, block] of blocks.entries()) {
      expect(block.length).toBe(100 * times[at]!);
      expect(block.every((byte) => byte === times[at])).toBe(true);
    }
  });

  it('are cut to their pixels, behind which writers may put some bytes', async () => {
    expect((await unzstdBlock(frame(bytes), 900)).length).toBe(900);
  });

  it.each([
    ['of another format', Buffer.alloc(64, 7)],
    ['empty', Buffer.alloc(0)],
    ['cut short', frame(bytes).subarray(0, 500)],
    ['with a kind of block that does not exist', frame(bytes).fill(0x07, 9, 10)],
    ['that say less than they hold', Buffer.from(frame(bytes)).fill(1, 5, 6)],
  ])('%s are refused', async (_case, block) => {
    await expect(unzstd(block, 5000)).rejects.toThrow();
    // The thread goes on with others.
    expect((await unzstd(frame(bytes), 5000)).length).toBe(1000);
  });

  it('that hold more than they may are refused', async () => {
    await expect(unzstd(frame({ byte: 0, times: 100_000 }), 5000)).rejects.toThrow();
  });
});
