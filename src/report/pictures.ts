import sharp from 'sharp';
import type { Quadrilateral } from '../boxes/annotations.js';
import type { Box } from '../boxes/box.js';
import { palette } from '../charts/palette.js';
import { cutOut } from '../image/cut-out.js';
import type { RgbImage } from '../image/decode.js';
import { html, Safe } from './page.js';

/** A box to be drawn over an image. */
export interface DrawnBox {
  readonly corners: Quadrilateral;
  readonly kind: keyof typeof colours;
  /** What a pointer on it shows. */
  readonly title: string;
}

/** On photographs, light or dark ones: not of the page's theme. */
const colours = {
  right: palette.teal.dark,
  wrong: palette.red.dark,
  missed: palette.amber.dark,
  ignored: palette.muted.dark,
} as const;

/** An image as a JPEG in an address, no side longer than `longest` pixels. */
export async function pictureAddress({ data, width, height }: RgbImage, longest: number): Promise<string> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: longest, height: longest, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 78 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

/**
 * Boxes over a picture of an image or a part of it.
 * @param place pixels of the image that the picture shows
 */
export function drawing(address: string, place: Box, boxes: readonly DrawnBox[], label: string): Safe {
  const { left, top, width, height } = place;
  const view = new Safe(`viewBox="${[left, top, width, height].map((value) => value.toFixed(1)).join(' ')}"`);
  const line = Math.max(width, height) / 220;
  const shapes = boxes.map(({ corners, kind, title }) => {
    const points = corners.map((value) => value.toFixed(1)).join(' ');
    const dash = kind === 'ignored' ? `${3 * line}` : 'none';
    return html`<polygon points="${points}" fill="none" stroke="${colours[kind]}" stroke-width="${line.toFixed(2)}" stroke-dasharray="${dash}"><title>${title}</title></polygon>`;
  });
  return html`<svg ${view} role="img" aria-label="${label}"><image href="${address}" x="${left}" y="${top}" width="${width}" height="${height}" preserveAspectRatio="none"/>${shapes}</svg>`;
}

/** A square part of an image around a box, with as much again on each side, within the image where it can be. */
export function placeAround(
  corners: Quadrilateral,
  { width, height }: { width: number; height: number },
): Box {
  const xs = [0, 2, 4, 6].map((at) => corners[at]!);
  const ys = [1, 3, 5, 7].map((at) => corners[at]!);
  const middle = (values: readonly number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  const span = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const side = Math.max(16, Math.round(2.5 * span));
  const along = (centre: number, length: number) => {
    const size = Math.min(side, length);
    return { start: Math.round(Math.min(Math.max(0, centre - size / 2), length - size)), size };
  };
  const [x, y] = [along(middle(xs), width), along(middle(ys), height)];
  return { left: x.start, top: y.start, width: x.size, height: y.size };
}

/** The part of an image, as an address. */
export function cropAddress(image: RgbImage, place: Box, longest: number): Promise<string> {
  return pictureAddress(cutOut(image, place), longest);
}
