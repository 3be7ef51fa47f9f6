import { XMLParser } from 'fast-xml-parser';
import { parseXml } from '../base/parse-xml.js';
import type { Affine } from './affine.js';
import type { Georeference } from './georeference.js';

const parser = new XMLParser({ ignoreAttributes: false, removeNSPrefix: true, attributeNamePrefix: '@' });

/**
 * Where an image lies by a rectified grid in GML (OGC 05-047, GML in JPEG 2000), as Sentinel-2 and others have it. Its origin is
 * the centre of the first pixel.
 * @param name what messages call it
 * @returns undefined where there is none that is understood
 * @throws UserError when it is no XML
 */
export function readGmlGrid(gml: string, name: string): Georeference | undefined {
  const parsed = parseXml(parser, gml, name);
  const grid = find(parsed, 'RectifiedGrid');
  if (!grid) return undefined;
  const srs = find(grid, '@srsName') ?? find(parsed, '@srsName');
  const epsg = Number(/EPSG\D+(?:[\d.]*:)?(\d+)$/i.exec(String(srs ?? ''))?.[1]);
  const origin = numbers(find(find(grid, 'origin'), 'pos') ?? find(find(grid, 'origin'), 'coordinates'));
  const vectors = list(find(grid, 'offsetVector')).map(numbers);
  if (!Number.isInteger(epsg) || origin.length < 2 || vectors.length < 2) return undefined;
  const [right, down] = vectors as [number[], number[]];
  const [a, d, b, e] = [right[0]!, right[1]!, down[0]!, down[1]!];
  const [x, y] = origin as [number, number];
  const transform: Affine = { a, b, c: x - (a + b) / 2, d, e, f: y - (d + e) / 2 };
  if (!Object.values(transform).every(Number.isFinite)) return undefined;
  return { transform: isLatitudeFirst(epsg) ? turned(transform) : transform, epsg };
}

/** In geographic systems, GML has the latitude first, as the register does. */
function isLatitudeFirst(epsg: number): boolean {
  return epsg >= 4000 && epsg < 5000;
}

function turned({ a, b, c, d, e, f }: Affine): Affine {
  return { a: d, b: e, c: f, d: a, e: b, f: c };
}

/** The first value under a key, however deep. */
function find(node: unknown, key: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  const own = (node as Record<string, unknown>)[key];
  if (own !== undefined) return own;
  for (const child of Object.values(node)) {
    const found = find(child, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function numbers(value: unknown): number[] {
  const text =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['#text'] : value;
  return String(text ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
}
