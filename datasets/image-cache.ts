import { checkLabelledSize } from '../src/boxes/annotations.js';
import type { Box, Size } from '../src/boxes/box.js';
import { cutOut } from '../src/image/cut-out.js';
import type { RgbImage } from '../src/image/decode.js';
import { readHeader } from '../src/image/header.js';
import { decodeAsScene } from '../src/image/raster/decode-as-scene.js';
import type { Stretch } from '../src/image/raster/scaling.js';

/**
 * Reads parts of images, and keeps the images decoded while they fit.
 *
 * A part of a JPEG or PNG costs as much to decode as everything above it, and training reads many parts of
 * the same images. What has more than 8 bits is stretched as `vil detect` does. The least recently used images are dropped; one too large to keep is decoded part by part.
 */
export class ImageCache {
  readonly #mostBytes: number;
  readonly #images = new Map<string, Promise<RgbImage>>();
  readonly #sizes = new Map<string, number>();
  /** Of images read part by part. */
  readonly #stretches = new Map<string, Stretch>();
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
    if (2 * bytes > this.#mostBytes) return this.#readPart(path, size, box);
    const image = await this.#whole(path, bytes);
    checkLabelledSize(path, size, image);
    return cutOut(image, box);
  }

  async #readPart(path: string, size: Size, box: Box): Promise<RgbImage> {
    const header = await readHeader(path);
    checkLabelledSize(path, size, header);
    return decodeAsScene(path, header, { box, stretches: this.#stretches });
  }

  #whole(path: string, bytes: number): Promise<RgbImage> {
    const held = this.#images.get(path);
    if (held) {
      // Entries of a map are in the order of insertion: moved to the end as the last one used.
      this.#images.delete(path);
      this.#images.set(path, held);
      return held;
    }
    const decoded = decodeWhole(path);
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

async function decodeWhole(path: string): Promise<RgbImage> {
  return decodeAsScene(path, await readHeader(path));
}
