import { ZSTDDecoder } from 'zstddec/stream';
import { answerRequests } from '../../base/threads/requests.js';

export interface ZstdRequest {
  readonly block: Uint8Array;
  /** Most bytes that it may hold. */
  readonly most: number;
}

/** Blocks beyond are decoded piece by piece, so that WebAssembly need not hold them as a whole. */
const mostAtOnce = 2 ** 28;

let started: Promise<ZSTDDecoder> | undefined;

async function start(): Promise<ZSTDDecoder> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return decoder;
}

answerRequests<ZstdRequest, Uint8Array>(
  async ({ block, most }) => {
    started ??= start();
    const decoder = await started;
    return most <= mostAtOnce ? decodeAtOnce(decoder, block, most) : decodeInPieces(decoder, block, most);
  },
  { transfer: (pixels) => [pixels.buffer as ArrayBuffer] },
);

/**
 * zstddec does not look at what ZSTD_decompress returns: an error is a negative size to it, and it gives back nothing. A
 * checksum in the frame is checked, a frame that is cut short refused.
 */
function decodeAtOnce(decoder: ZSTDDecoder, block: Uint8Array, most: number): Uint8Array {
  const pixels = decoder.decode(block, most);
  if (pixels.length > 0 && pixels.length <= most) return pixels;
  throw new Error('a block is no sound Zstandard frame, or holds more than its pixels');
}

function decodeInPieces(decoder: ZSTDDecoder, block: Uint8Array, most: number): Uint8Array {
  const pixels = new Uint8Array(most);
  let [at, idle] = [0, 0];
  for (const part of decoder.decodeStreaming([block])) {
    // Here an error shows as going on for ever without moving.
    idle = part.length === 0 ? idle + 1 : 0;
    if (idle > 2) throw new Error('a block is no sound Zstandard frame');
    if (at + part.length > most) throw new Error('a block holds more than its pixels');
    pixels.set(part, at);
    at += part.length;
  }
  return pixels.subarray(0, at);
}
