import { boundsOf } from '../../boxes/detections.js';
import type { OutputCrs } from './locate.js';
import { locatorFor } from './locate.js';
import type { SceneDetections } from './scene-detections.js';
import { writtenPixel, writtenScore } from './scene-detections.js';

/** A line for each object, RFC 4180; with the position of its centre where the scene says where it lies. */
export function toCsv(scene: SceneDetections, options: { crs?: OutputCrs; sourceCrs?: string } = {}): string {
  const { detections, labels, name } = scene;
  const { crs = 'wgs84' } = options;
  const locator = crs === 'pixel' ? undefined : locatorFor(scene, crs, options.sourceCrs);
  const place = crs === 'source' ? ['x', 'y'] : ['longitude', 'latitude'];
  const columns = ['scene', 'label', 'score', 'xmin', 'ymin', 'xmax', 'ymax'];
  if (detections.angles) columns.push('angle');
  const lines = [[...columns, ...(locator ? place : [])].join(',')];
  for (let index = 0; index < detections.count; index++) {
    const [left, top, right, bottom] = boundsOf(detections, index);
    const label = detections.classes[index]!;
    const fields: (string | number)[] = [
      quotedField(name),
      quotedField(labels[label] ?? String(label)),
      writtenScore(detections.scores[index]!),
      ...[left, top, right, bottom].map(writtenPixel),
    ];
    if (detections.angles) fields.push(detections.angles[index]!);
    if (locator) fields.push(...locator.position((left + right) / 2, (top + bottom) / 2).map(writtenPlace));
    lines.push(fields.join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function writtenPlace(value: number): number {
  return Math.round(value * 1e7) / 1e7;
}

/**
 * A field of text in a CSV file, RFC 4180. Spreadsheets take text that begins with one of these signs for a formula, and
 * run it: an apostrophe in front makes it text.
 */
export function quotedField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
