import type { Size } from '../../image/box.js';
import type { RgbImage } from '../../image/decode.js';
import { mirrorPadded } from '../../image/mirror-padded.js';
import type { RenderedTile } from '../../image/raster/render.js';
import type { Detections } from '../detections.js';
import { noDetections, withinTile } from '../detections.js';
import type { DetectOptions, Detector } from '../detector.js';

/** A tile as a detector is shown it. */
export interface TilePicture {
  /** In memory of its own, so that it can be given away. Undefined where there is nothing to see. */
  readonly picture: RgbImage | undefined;
  /** The part of it, from its top left corner, that is of the scene. */
  readonly within: Size;
}

/** @param continuedTo the size of all tiles of the scene, which those at its end are continued to by their mirror image */
export function tilePicture({ isEmpty, ...tile }: RenderedTile, continuedTo: Size): TilePicture {
  const within = { width: tile.width, height: tile.height };
  if (isEmpty) return { picture: undefined, within };
  const padded = mirrorPadded(tile, continuedTo);
  // The raster may still be reading from what it has rendered.
  return { picture: padded === tile ? { ...tile, data: new Uint8Array(tile.data) } : padded, within };
}

/** What a detector finds in a tile, whose memory it is given; it is spared tiles with nothing to see in them. */
export async function detectTile(
  detector: Detector,
  { picture, within }: TilePicture,
  options: Pick<DetectOptions, 'threshold' | 'signal'>,
): Promise<Detections> {
  if (!picture) return noDetections(detector.oriented);
  return withinTile(await detector.detect(picture, { ...options, within, isGiven: true }), within);
}
