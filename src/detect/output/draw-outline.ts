import type { RgbImage } from '../../image/decode.js';

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Draws the outline of a polygon into an image, its edges smoothed. What lies outside the image is left out.
 *
 * Not by an SVG, as images are drawn elsewhere: servers keep libvips from reading vector graphics at all.
 * @param corners [x, y] of each in turn, in pixels from the image's top left corner
 * @param breadth of the line, in pixels
 */
export function drawOutline(
  image: RgbImage,
  corners: ArrayLike<number>,
  colour: Colour,
  breadth: number,
): void {
  for (let at = 0; at < corners.length; at += 2) {
    const next = (at + 2) % corners.length;
    drawLine(image, [corners[at]!, corners[at + 1]!, corners[next]!, corners[next + 1]!], colour, breadth);
  }
}

function drawLine(
  image: RgbImage,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  colour: Colour,
  breadth: number,
): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = Math.hypot(dx, dy);
  const isSteep = Math.abs(dy) > Math.abs(dx);
  const [from, to, step, slope] = isSteep ? [y0, y1, image.height, dx / dy] : [x0, x1, image.width, dy / dx];
  const across = isSteep ? image.width : image.height;
  const half = breadth / 2;
  // How far the line reaches from its middle, along the axis that it is not followed along.
  const reach = (half + 1) * Math.hypot(1, slope || 0);
  const last = Math.min(step, Math.ceil(Math.max(from, to) + half + 1));
  for (let along = Math.max(0, Math.floor(Math.min(from, to) - half - 1)); along < last; along++) {
    const middle = (isSteep ? x0 : y0) + (along + 0.5 - from) * (slope || 0);
    const end = Math.min(across, Math.ceil(middle + reach));
    for (let other = Math.max(0, Math.floor(middle - reach)); other < end; other++) {
      const [x, y] = isSteep ? [other, along] : [along, other];
      const place = length > 0 ? ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / length ** 2 : 0;
      const nearest = Math.min(1, Math.max(0, place));
      const distance = Math.hypot(x + 0.5 - x0 - nearest * dx, y + 0.5 - y0 - nearest * dy);
      blend(image, x, y, colour, Math.min(1, half + 0.5 - distance));
    }
  }
}

/** @param share of the colour, up to 1; nothing is drawn where it is not positive */
function blend({ data, width }: RgbImage, x: number, y: number, colour: Colour, share: number): void {
  if (share <= 0) return;
  const at = 3 * (y * width + x);
  for (let channel = 0; channel < 3; channel++) {
    const ground = data[at + channel]!;
    data[at + channel] = Math.round(ground + share * (colour[channel]! - ground));
  }
}
