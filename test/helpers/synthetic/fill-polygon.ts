import { boxAround } from '../../../src/boxes/annotations.js';
import type { Box } from '../../../src/boxes/box.js';
import type { Patch } from './silhouettes.js';

/** Lines a pixel's coverage is measured on. */
const linesPerPixel = 4;

/** Where a horizontal line crosses the outline, from left to right. */
function crossings(outline: readonly number[], y: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < outline.length; at += 2) {
    const to = (at + 2) % outline.length;
    const [y0, y1] = [outline[at + 1]!, outline[to + 1]!];
    if (y0 <= y === y1 <= y) continue;
    found.push(outline[at]! + ((y - y0) / (y1 - y0)) * (outline[to]! - outline[at]!));
  }
  return found.sort((a, b) => a - b);
}

/** Adds to each pixel how much of it a span of one line covers. */
function coverSpan(coverage: Float32Array, left: number, from: number, to: number): void {
  const first = Math.max(0, Math.floor(from) - left);
  const last = Math.min(coverage.length - 1, Math.ceil(to) - 1 - left);
  for (let at = first; at <= last; at++) {
    const covered = Math.min(to, left + at + 1) - Math.max(from, left + at);
    coverage[at]! += Math.max(0, covered) / linesPerPixel;
  }
}

/**
 * Fills a polygon, given in pixels of the scene, on the part of it within a box; pixels at its border are blended by how
 * much of them it covers. The same pixels whatever the box.
 * @param data [height, width, 3] of the box, changed in place
 */
export function fillPolygon(data: Uint8Array, box: Box, { outline, colour }: Patch): void {
  const [xmin, ymin, xmax, ymax] = boxAround(outline);
  const left = Math.max(box.left, Math.floor(xmin));
  const right = Math.min(box.left + box.width, Math.ceil(xmax));
  const bottom = Math.min(box.top + box.height, Math.ceil(ymax));
  if (right <= left) return;
  for (let y = Math.max(box.top, Math.floor(ymin)); y < bottom; y++) {
    const coverage = new Float32Array(right - left);
    for (let line = 0; line < linesPerPixel; line++) {
      const met = crossings(outline, y + (line + 0.5) / linesPerPixel);
      for (let at = 0; at + 1 < met.length; at += 2) coverSpan(coverage, left, met[at]!, met[at + 1]!);
    }
    blendRow(data, 3 * ((y - box.top) * box.width + left - box.left), coverage, colour);
  }
}

function blendRow(data: Uint8Array, start: number, coverage: Float32Array, colour: Patch['colour']): void {
  for (const [index, share] of coverage.entries()) {
    for (let channel = 0; channel < 3; channel++) {
      const at = start + 3 * index + channel;
      data[at] = data[at]! + share * (colour[channel]! - data[at]!);
    }
  }
}
