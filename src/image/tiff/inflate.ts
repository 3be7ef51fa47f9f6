import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { unzstd } from './unzstd.js';

const inflateAsync = promisify(inflate);

/** What writers may put behind the pixels of a block. */
const slackBytes = 2 ** 16;

/**
 * Inflates a block of zlib's format (RFC 1950), and no more of it than its pixels take: a file may hold a thousand times its
 * size. Done outside of this thread. The checksum behind the pixels (Adler-32) is checked, which libtiff never reaches.
 * @param size bytes that the pixels take
 */
export function inflateBlock(block: Uint8Array, size: number): Promise<Uint8Array> {
  // In one go: by default it comes back to this thread for every 16 KiB.
  const chunkSize = Math.max(64, size + 1);
  return inflateAsync(block, { maxOutputLength: size + slackBytes, chunkSize });
}

/** Decompresses a block of Zstandard frames (RFC 8878) outside of this thread, and no more of it than its pixels take. */
export async function unzstdBlock(block: Uint8Array, size: number): Promise<Uint8Array> {
  const pixels = await unzstd(block, size + slackBytes);
  return pixels.length > size ? pixels.subarray(0, size) : pixels;
}
