import type { RgbImage } from '../../image/decode.js';

/** An image with the mean of each square of `factor` pixels a side as a pixel; what is left over at its ends is left out. */
export function reduced({ data, width, height }: RgbImage, factor: number): RgbImage {
  const [columns, rows] = [Math.floor(width / factor), Math.floor(height / factor)];
  const means = new Uint8Array(3 * columns * rows);
  const sums = new Uint32Array(3 * columns);
  const [pixels, half] = [factor * factor, (factor * factor) >> 1];
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let y = row * factor; y < (row + 1) * factor; y++) {
      let from = 3 * y * width;
      for (let at = 0; at < sums.length; at += 3) {
        for (let x = 0; x < factor; x++, from += 3) {
          sums[at] = sums[at]! + data[from]!;
          sums[at + 1] = sums[at + 1]! + data[from + 1]!;
          sums[at + 2] = sums[at + 2]! + data[from + 2]!;
        }
      }
    }
    const to = row * sums.length;
    for (let at = 0; at < sums.length; at++) means[to + at] = Math.floor((sums[at]! + half) / pixels);
  }
  return { data: means, width: columns, height: rows };
}
