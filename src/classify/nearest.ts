import { UserError } from '../base/errors.js';

/** One of many vectors, and how near it is. */
export interface Neighbour {
  readonly index: number;
  /** Cosine of the angle between the vectors, -1 to 1. */
  readonly similarity: number;
}

/**
 * The vectors at the smallest angles to another, nearest first.
 * @param vectors [count, width], row-major
 * @param query [width]
 * @param count how many to return at most
 * @throws UserError when the widths differ
 */
export function nearestVectors(vectors: Float32Array, query: Float32Array, count: number): Neighbour[] {
  const width = query.length;
  if (width === 0 || vectors.length % width !== 0) {
    throw new UserError(
      `The vectors to search are not ${width} numbers wide, as the image's is: they were made with another model.`,
    );
  }
  const length = Math.hypot(...query);
  const all = Array.from({ length: vectors.length / width }, (_, index): Neighbour => {
    let [product, square] = [0, 0];
    for (let at = 0; at < width; at++) {
      const value = vectors[index * width + at]!;
      product += value * query[at]!;
      square += value * value;
    }
    // A vector of zeros has no direction.
    const both = length * Math.sqrt(square);
    return { index, similarity: both === 0 ? 0 : product / both };
  });
  return all.sort((a, b) => b.similarity - a.similarity || a.index - b.index).slice(0, count);
}
