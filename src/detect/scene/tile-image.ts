import type { Box, Size } from '../../boxes/box.js';
import type { Detections } from '../../boxes/detections.js';
import { noDetections, withinTile } from '../../boxes/detections.js';
import type { RgbImage } from '../../image/decode.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import type { RenderedTile } from '../../image/raster/render.js';
import { renderRgb } from '../../image/raster/render.js';
import type { Stretch } from '../../image/raster/scaling.js';
import { stretched } from '../../image/stretch.js';
import type { DetectOptions, Detector } from '../detector.js';

/** A tile as a detector is shown it, in memory of its own, so that it can be given away; undefined where there is nothing to see. */
export type TileImage = RgbImage | undefined;

export function tileImage({ isEmpty, data, width, height }: RenderedTile): TileImage {
  // The raster may still be reading from what it has rendered. Not `slice`: a Buffer's would be a view.
  return isEmpty ? undefined : { data: new Uint8Array(data), width, height };
}

export interface TileReading {
  /** Pixels of the scene to read. */
  readonly window: Box;
  /** One band or three. */
  readonly bands: readonly number[];
  readonly stretch: Stretch;
  /** Size that the detector is shown them at; their own by default. */
  readonly size?: Size;
}

/** Pixels that are read at once to be reduced. Of more, only every second, third, … counts in each direction. */
const mostPixels = 2 ** 26;

/** Reads a tile as a detector is shown it. Reduced, every pixel counts as long as there are not too many of them. */
export async function readTile(
  source: RasterSource,
  { window, bands, stretch, size = window }: TileReading,
): Promise<TileImage> {
  const rendered = renderRgb(
    await source.read(window, { bands, size: readSize(window, size) }),
    stretch,
    source.nodata,
  );
  const tile = tileImage(rendered);
  return tile && stretched(tile, size.width, size.height, 'bicubic');
}

function readSize(window: Size, size: Size): Size | undefined {
  const step = Math.ceil(Math.sqrt((window.width * window.height) / mostPixels));
  if (step < 2 || (window.width <= size.width && window.height <= size.height)) return undefined;
  return {
    width: Math.max(size.width, Math.ceil(window.width / step)),
    height: Math.max(size.height, Math.ceil(window.height / step)),
  };
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
