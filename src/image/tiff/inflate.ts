import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { ZSTDDecoder } from 'zstddec/stream';

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

let zstd: Promise<ZSTDDecoder> | undefined;

/** Decompresses a block of Zstandard frames (RFC 8878), and no more of it than its pixels take. */
export async function unzstdBlock(block: Uint8Array, size: number): Promise<Uint8Array> {
  zstd ??= startZstd();
  const decoder = await zstd;
  const pixels = new Uint8Array(size);
  let [at, idle] = [0, 0];
  for (const part of decoder.decodeStreaming([block])) {
    // zstddec does not look at error codes: it goes on for ever without moving.
    idle = part.length === 0 ? idle + 1 : 0;
    if (idle > 2) throw new Error('a block is no Zstandard frame');
    pixels.set(part.subarray(0, size - at), at);
    at += part.length;
    if (at > size + slackBytes) throw new Error('a block holds more than its pixels');
  }
  return pixels.subarray(0, at);
}

async function startZstd(): Promise<ZSTDDecoder> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return decoder;
}
