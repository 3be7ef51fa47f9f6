import type { Detections } from '../../boxes/detections.js';
import { noDetections, withinTile } from '../../boxes/detections.js';
import type { RgbImage } from '../../image/decode.js';
import type { RenderedTile } from '../../image/raster/render.js';
import type { DetectOptions, Detector } from '../detector.js';

/** A tile as a detector is shown it, in memory of its own, so that it can be given away; undefined where there is nothing to see. */
export type TileImage = RgbImage | undefined;

export function tileImage({ isEmpty, data, width, height }: RenderedTile): TileImage {
  // The raster may still be reading from what it has rendered. Not `slice`: a Buffer's would be a view.
  return isEmpty ? undefined : { data: new Uint8Array(data), width, height };
}

/** What a detector finds in a tile, whose memory it is given; it is spared tiles with nothing to see in them. */
export async function detectTile(
  detector: Detector,
  tile: TileImage,
  options: Pick<DetectOptions, 'threshold' | 'signal'>,
): Promise<Detections> {
  if (!tile) return noDetections(detector.oriented);
  return withinTile(await detector.detect(tile, { ...options, isGiven: true }), tile);
}
