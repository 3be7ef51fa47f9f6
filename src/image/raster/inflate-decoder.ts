import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { addDecoder, BaseDecoder } from 'geotiff';
import { mostBlockBytes } from './tiff-layout.js';

const inflateAsync = promisify(inflate);

/** TIFF 6.0's supplements: Compression values of zlib's format, Adobe's and the older one. */
const deflate = [8, 32946];

/** What writers may put behind the pixels of a block. */
const slackBytes = 2 ** 16;

/**
 * Inflates the blocks of a TIFF, and no more of them than their pixels take: geotiff.js's own decoder inflates whatever there
 * is, a thousand times the size of the file. Done by zlib outside of this thread it is also faster.
 */
class InflateDecoder extends BaseDecoder {
  override async decodeBlock(block: ArrayBufferLike): Promise<ArrayBufferLike> {
    const { tileWidth, tileHeight, bitsPerSample } = this.parameters;
    const bits = typeof bitsPerSample === 'number' ? bitsPerSample : Array.from(bitsPerSample).reduce(sum, 0);
    // Strips may say that they are higher than any image.
    const pixels = Math.min(Math.ceil((tileWidth * tileHeight * bits) / 8), mostBlockBytes);
    const { buffer, byteOffset, length } = await inflateAsync(new Uint8Array(block), {
      maxOutputLength: pixels + slackBytes,
    });
    return byteOffset === 0 && buffer.byteLength === length
      ? buffer
      : buffer.slice(byteOffset, byteOffset + length);
  }
}

const sum = (a: number, b: number) => a + b;

/** From now on geotiff.js inflates with it. */
export function useInflateDecoder(): void {
  addDecoder(deflate, async () => InflateDecoder);
}
