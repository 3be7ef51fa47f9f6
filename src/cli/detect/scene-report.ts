import type { Size } from '../../boxes/box.js';
import type { LookedAt } from '../../detect/detector.js';
import type { SceneResult } from '../../detect/scene/detect-scene.js';
import { formatDuration } from '../../train/progress.js';
import { plural } from '../plural.js';
import type { SceneJob } from './scene-job.js';

/** What is said about a scene when it is done. */
export interface SceneReport extends Size {
  readonly job: SceneJob;
  readonly labels: readonly string[];
  readonly result: SceneResult;
}

/** One line of JSON. */
export function jsonReport(report: SceneReport): string {
  const { job, result, width, height } = report;
  const { tileSize, overlap, tiles, emptyTiles, resumedTiles, seconds } = result;
  return JSON.stringify({
    scene: job.scene.paths.join(','),
    width,
    height,
    detections: result.detections.count,
    counts: countsByLabel(report),
    tileSize,
    overlap,
    tiles,
    emptyTiles,
    skippedTiles: result.skippedTiles,
    resumedTiles,
    firstLook: result.look && { ...result.look, share: lookedShare(result.look) },
    foundObjects: result.foundObjects,
    groundSize: result.groundSize,
    view: result.view,
    seconds: Math.round(seconds * 1000) / 1000,
    megapixelsPerSecond: Math.round(pace(report) * 1000) / 1000,
    out: job.out,
    overview: job.overview,
  });
}

/** A few lines for people. */
export function textReport(report: SceneReport): string {
  const { job, result, width, height } = report;
  const counts = Object.entries(countsByLabel(report)).map(([label, count]) => `${count} ${label}`);
  const notes = [`${plural(result.tiles, 'tile')} of ${result.tileSize} pixels`];
  if (result.skippedTiles > 0) notes.push(`${result.skippedTiles} outside the area, not read`);
  if (result.emptyTiles > 0) notes.push(`${result.emptyTiles} empty`);
  if (result.resumedTiles > 0) notes.push(`${result.resumedTiles} finished before`);
  if (result.look) notes.push(`${Math.round(100 * lookedShare(result.look))} % looked at in full`);
  const { count } = result.detections;
  const objects =
    count === result.foundObjects
      ? plural(count, 'object')
      : `${count} of ${plural(result.foundObjects, 'object')} kept`;
  return (
    `${job.scene.name}: ${objects}${counts.length > 0 ? ` (${counts.join(', ')})` : ''}\n` +
    `  ${width} x ${height} pixels, ${notes.join(', ')}; ${formatDuration(result.seconds)}, ${pace(report).toFixed(2)} megapixels/s\n` +
    `  ${[job.out, job.overview].filter((path) => path !== undefined).join(', ')}`
  );
}

/** Share of the windows that were looked at in full; 0 where there were none. */
function lookedShare({ windows, looked }: LookedAt): number {
  return windows === 0 ? 0 : looked / windows;
}

/** Megapixels of the scene a second, over the tiles that this run computed. */
function pace({ result, width: sceneWidth, height: sceneHeight }: SceneReport): number {
  const { width, height } = result.view?.window ?? { width: sceneWidth, height: sceneHeight };
  const share = result.tiles === 0 ? 0 : (result.tiles - result.resumedTiles) / result.tiles;
  return (share * width * height) / 1e6 / Math.max(result.seconds, 1e-3);
}

function countsByLabel({ labels, result }: SceneReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const label of result.detections.classes) {
    const name = labels[label] ?? String(label);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
