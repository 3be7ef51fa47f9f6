import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import sharp from 'sharp';

/** What tells whether two images are the same. */
export interface Fingerprint {
  /** Of the bytes of the file. */
  readonly bytes: string;
  /** Absent where the image is so even that its look is chance. */
  readonly look?: Look;
}

/** Which of 16 x 16 places are brighter than their right neighbours (difference hash, Krawetz 2013), 256 bits each. */
interface Look {
  readonly brighter: Uint32Array;
  /** Places where the difference is more than what compression adds. */
  readonly sure: Uint32Array;
}

const side = 16;
/** Standard deviation of brightness, of 255, below which an image has no look. */
const leastContrast = 6;
/** Grey levels, of 255, from which a difference is no noise. */
const leastDifference = 2;
/** Places that have to be sure in both images for a comparison. */
const leastSure = 48;
/** Share of these that may differ between copies, compressed or scaled anew. */
const mostDifferent = 0.03;

/**
 * Decodes an image and takes its fingerprint.
 * @throws Error of the decoder when the image is damaged or cut short
 */
export async function fingerprint(path: string): Promise<Fingerprint> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const small = await sharp(path, { limitInputPixels: false })
    .resize(side + 1, side, { fit: 'fill' })
    .greyscale()
    .raw()
    .toBuffer();
  return { bytes: hash.digest('hex'), look: lookOf(small) };
}

function lookOf(grey: Buffer): Look | undefined {
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const variance = grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length;
  if (Math.sqrt(variance) < leastContrast) return undefined;
  const words = (side * side) / 32;
  const look = { brighter: new Uint32Array(words), sure: new Uint32Array(words) };
  for (let at = 0; at < side * side; at++) {
    const place = Math.floor(at / side) * (side + 1) + (at % side);
    const difference = grey[place]! - grey[place + 1]!;
    if (difference > 0) look.brighter[at >> 5]! |= 1 << (at & 31);
    if (Math.abs(difference) >= leastDifference) look.sure[at >> 5]! |= 1 << (at & 31);
  }
  return look;
}

/**
 * Marks images that are copies: of the same bytes, or of the same look.
 * @returns for each image the index of the first one that it is a copy of; undefined for images without copies
 */
export function findCopies(prints: readonly (Fingerprint | undefined)[]): (number | undefined)[] {
  const marks: (number | undefined)[] = prints.map(() => undefined);
  const firstOf = new Map<string, number>();
  for (const [at, print] of prints.entries()) {
    if (!print) continue;
    const same =
      firstOf.get(print.bytes) ?? prints.findIndex((other, first) => first < at && looksAlike(print, other));
    if (same !== undefined && same >= 0) {
      const first = marks[same] ?? same;
      marks[first] = first;
      marks[at] = first;
    } else firstOf.set(print.bytes, at);
  }
  return marks;
}

function looksAlike(a: Fingerprint, b: Fingerprint | undefined): boolean {
  const [first, second] = [a.look, b?.look];
  if (!first || !second) return false;
  let [sure, different] = [0, 0];
  for (const [at, word] of first.brighter.entries()) {
    const both = first.sure[at]! & second.sure[at]!;
    sure += ones(both);
    different += ones((word ^ second.brighter[at]!) & both);
  }
  return sure >= leastSure && different <= mostDifferent * sure;
}

function ones(word: number): number {
  let [left, count] = [word >>> 0, 0];
  while (left !== 0) {
    left = (left & (left - 1)) >>> 0;
    count++;
  }
  return count;
}
