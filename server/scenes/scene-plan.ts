import type { Size } from '../../src/boxes/box.js';
import { defaultMemoryBytes, tileSizeFor, usualOverlap } from '../../src/detect/scene/tile-size.js';
import { ProblemError } from '../problem.js';
import type { SceneModel } from './job-messages.js';
import type { SceneSettings } from './scene-order.js';

/** Tiles that a scene may be cut into: each has a line in the journal, and a place in memory. */
const mostTiles = 100_000;

/** @throws ProblemError 400 where tiles of that size cannot overlap as they should */
export function checkOverlap(
  { tileSize, overlap }: SceneSettings,
  layout: Pick<SceneModel, 'grid' | 'stride'>,
): void {
  const shared = overlap ?? usualOverlap(layout);
  if (tileSize === undefined || tileSize > shared) return;
  const from = overlap === undefined ? ', as they do unless told otherwise' : '';
  throw badRequest(
    `Tiles of ${tileSize} pixels cannot overlap by ${shared}${from}: set tile_size and overlap.`,
  );
}

/** @throws ProblemError 400 for classes that the model does not have */
export function checkClasses({ selection }: SceneSettings, { labels }: Pick<SceneModel, 'labels'>): void {
  const unknown = selection?.classes?.find((label) => !labels.includes(label));
  if (unknown !== undefined)
    throw badRequest(`The model has no class ${unknown}, only ${labels.join(', ')}.`);
}

/** @throws ProblemError 400 where a classifier, which looks at all of a scene, is told what to look for */
export function checkUnsearched(
  { area, selection, gsd, resample }: SceneSettings,
  { name }: Pick<SceneModel, 'name'>,
): void {
  if (area || selection || gsd !== undefined || resample !== undefined)
    throw badRequest(
      `${name} classifies scenes as a whole: areas, classes, sizes and gsd are for detectors.`,
    );
}

/** @throws ProblemError 400 where a scene of this size would be cut into too many tiles */
export function checkTiles(
  size: Size,
  { tileSize, overlap }: SceneSettings,
  layout: Pick<SceneModel, 'stride' | 'grid'>,
  memoryBytes = defaultMemoryBytes,
): void {
  const shared = overlap ?? usualOverlap(layout);
  const step = (tileSize ?? tileSizeFor(size, shared, layout, memoryBytes)) - shared;
  const tiles = Math.ceil(size.width / step) * Math.ceil(size.height / step);
  if (tiles <= mostTiles) return;
  throw badRequest(
    `The scene would be cut into ${tiles} tiles; at most ${mostTiles} are. Take larger tiles.`,
  );
}

function badRequest(detail: string): ProblemError {
  return new ProblemError(400, 'bad_request', detail);
}
