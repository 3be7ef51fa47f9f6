import { checkLabelledSize } from '../src/boxes/annotations.js';
import type { Box, Size } from '../src/boxes/box.js';
import { cutOut } from '../src/image/cut-out.js';
import type { RgbImage } from '../src/image/decode.js';
import { decodeRgb } from '../src/image/decode.js';
import { readHeader } from '../src/image/header.js';

/**
 * Reads parts of images, and keeps the images decoded while they fit.
 *
 * A part of a JPEG or PNG costs as much to decode as everything above it, and training reads many parts of
 * the same images. The least recently used images are dropped; one too large to keep is decoded part by part.
 */
export class ImageCache {
  readonly #mostBytes: number;
  readonly #images = new Map<string, Promise<RgbImage>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** @param mostBytes of decoded pixels, 3 bytes each; an image is kept if it takes half of that at most */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes of decoded pixels held. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A part of an image.
   * @param size of the image, as its labels say
   * @throws UserError when the image cannot be read or has another size
   */
  async read(path: string, size: Size, box: Box): Promise<RgbImage> {
    const bytes = 3 * size.width * size.height;
    if (2 * bytes > this.#mostBytes) return readPart(path, size, box);
    const image = await this.#whole(path, bytes);
    checkLabelledSize(path, size, image);
    return cutOut(image, box);
  }

  #whole(path: string, bytes: number): Promise<RgbImage> {
    const held = this.#images.get(path);
    if (held) {
      // Entries of a map are in the order of insertion: moved to the end as the last one used.
      this.#images.delete(path);
      this.#images.set(path, held);
      return held;
    }
    const decoded = decodeRgb(path);
    this.#images.set(path, decoded);
    this.#sizes.set(path, bytes);
    this.#bytes += bytes;
    this.#shrink();
    decoded.catch(() => this.#drop(path));
    return decoded;
  }

  #shrink(): void {
    for (const path of this.#images.keys()) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#drop(path);
    }
  }

  #drop(path: string): void {
    if (!this.#images.delete(path)) return;
    this.#bytes -= this.#sizes.get(path)!;
    this.#sizes.delete(path);
  }
}

async function readPart(path: string, size: Size, box: Box): Promise<RgbImage> {
  const header = await readHeader(path);
  checkLabelledSize(path, size, header);
  return decodeRgb(path, { header, box });
}
