import type { Classification, LabelScore, TaskAnswer } from '../../classify/classifier.js';
import type { ImageFile } from '../image-files.js';

/** What came of one file. */
export interface FileResult {
  readonly file: ImageFile;
  readonly result: Classification;
  /** Path of the image of the attention, where one was drawn. */
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

/** Answers to further questions, a line each: the best label, or all that are likelier than not. */
function taskLines(tasks: readonly TaskAnswer[] = []): string[] {
  return tasks.slice(1).map(({ name, kind, labels }) => {
    const shown = kind === 'single' ? labels.slice(0, 1) : labels.filter(({ score }) => score > 0.5);
    const answers = shown.map(({ label, score }) => `${label} (${percent(score)})`);
    return `${name}: ${answers.length > 0 ? answers.join(', ') : 'none'}`;
  });
}

/** The result of the only file: a label a line, then the answers to other questions where the model has some. */
export function fullReport({ file, result, overlay }: FileResult): string {
  const { width, height, tiles, seconds, labels, tasks } = result;
  const question = tasks ? [`${tasks[0]!.name}:`] : [];
  const heading = `${file.path}: ${width} x ${height} pixels, ${seconds.toFixed(2)} s${inTiles(tiles)}`;
  const drawn = overlay === undefined ? [] : [`Attention: ${overlay}`];
  return [heading, ...question, ...labels.map(labelLine), ...taskLines(tasks), ...drawn].join('\n');
}

/** The result of one file of many: one line, its path first. */
export function lineReport({ file, result }: FileResult): string {
  const labels = result.labels.map(({ label, score }) => `${label} ${percent(score)}`);
  return `${file.path}: ${labels.join(', ')}`;
}

/** The result as a line of JSON; in the terms of the HTTP API. */
export function jsonReport({ file, result, overlay }: FileResult): string {
  const { labels, tasks, width, height, tiles, seconds, notes } = result;
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  const rounded = (scores: readonly LabelScore[]) =>
    scores.map(({ label, score }) => ({ label, score: round(score, 6) }));
  const predictions = rounded(labels);
  return JSON.stringify({
    file: file.path,
    predictions,
    tasks: tasks && Object.fromEntries(tasks.map((task) => [task.name, rounded(task.labels)])),
    width,
    height,
    tiles,
    seconds: round(seconds, 3),
    attention: overlay,
    notes,
  });
}
