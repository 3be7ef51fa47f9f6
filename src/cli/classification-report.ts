import type { Classification, LabelScore } from '../classifier.js';
import type { ImageFile } from './image-files.js';

/** What came of one file. */
export interface FileResult {
  readonly file: ImageFile;
  readonly result: Classification;
  /** Path of the picture of the attention, where one was drawn. */
  readonly overlay?: string;
}

function percent(score: number): string {
  return `${(100 * score).toFixed(1)} %`;
}

function inTiles(tiles: number): string {
  return tiles === 1 ? '' : `, ${tiles} tiles`;
}

function labelLine({ label, score }: LabelScore): string {
  return `${percent(score).padStart(9)}  ${label}`;
}

/** The result of the only file: a label a line. */
export function fullReport({ file, result, overlay }: FileResult): string {
  const { width, height, tiles, seconds, labels } = result;
  const heading = `${file.path}: ${width} x ${height} pixels, ${seconds.toFixed(2)} s${inTiles(tiles)}`;
  const drawn = overlay === undefined ? [] : [`Attention: ${overlay}`];
  return [heading, ...labels.map(labelLine), ...drawn].join('\n');
}

/** The result of one file of many: one line, its path first. */
export function lineReport({ file, result }: FileResult): string {
  const labels = result.labels.map(({ label, score }) => `${label} ${percent(score)}`);
  return `${file.path}: ${labels.join(', ')}`;
}

/** The result as a line of JSON; in the terms of the HTTP API. */
export function jsonReport({ file, result, overlay }: FileResult): string {
  const { labels, width, height, tiles, seconds } = result;
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  const predictions = labels.map(({ label, score }) => ({ label, score: round(score, 6) }));
  return JSON.stringify({
    file: file.path,
    predictions,
    width,
    height,
    tiles,
    seconds: round(seconds, 3),
    attention: overlay,
  });
}
