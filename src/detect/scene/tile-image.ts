import type { BoxEdges } from '../../boxes/annotations.js';
import type { Box, Size } from '../../boxes/box.js';
import type { Detections } from '../../boxes/detections.js';
import { boundsOf, noDetections, selectDetections, withinTile } from '../../boxes/detections.js';
import type { RgbImage } from '../../image/decode.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import type { RenderedTile } from '../../image/raster/render.js';
import { renderRgb } from '../../image/raster/render.js';
import type { Stretch } from '../../image/raster/scaling.js';
import { stretched } from '../../image/stretch.js';
import type { DetectOptions, Detector, LookedAt } from '../detector.js';
import type { TileResult } from './tile-record.js';

/** A tile as a detector is shown it, in memory of its own, so that it can be given away; undefined where there is nothing to see. */
export type TileImage = (RgbImage & Pick<RenderedTile, 'missing'>) | undefined;

export function tileImage({ isEmpty, data, width, height, missing }: RenderedTile): TileImage {
  // The raster may still be reading from what it has rendered. Not `slice`: a Buffer's would be a view.
  return isEmpty ? undefined : { data: new Uint8Array(data), width, height, missing };
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
  const read = await source.read(window, { bands, size: readSize(window, size) });
  const tile = tileImage(renderRgb(read, stretch));
  if (!tile) return undefined;
  const missing = tile.missing && resizedMask(tile.missing, tile, size);
  return { ...(await stretched(tile, size.width, size.height, 'bicubic')), missing };
}

/** A value a pixel brought to another size by taking the nearest. */
function resizedMask(mask: Uint8Array, from: Size, to: Size): Uint8Array {
  if (from.width === to.width && from.height === to.height) return mask;
  return Uint8Array.from({ length: to.width * to.height }, (_, at) => {
    const x = Math.floor((((at % to.width) + 0.5) * from.width) / to.width);
    const y = Math.floor(((Math.floor(at / to.width) + 0.5) * from.height) / to.height);
    return mask[y * from.width + x]!;
  });
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
  options: Pick<DetectOptions, 'threshold' | 'firstLook' | 'signal'>,
): Promise<TileResult> {
  if (!tile) return { empty: true, detections: noDetections(detector.oriented) };
  const { data, width, height, missing } = tile;
  let look: LookedAt | undefined;
  const found = await detector.detect(
    { data, width, height },
    {
      ...options,
      isGiven: true,
      isWanted: missing && ((part) => isSeen(part, missing, width)),
      onLook: (counts) => {
        look = counts;
      },
    },
  );
  const within = withinTile(found, { width, height });
  const detections = missing ? withoutMissing(within, missing, { width, height }) : within;
  return { empty: false, look, detections };
}

/** Whether there is any image in a part of a tile. */
function isSeen([left, top, right, bottom]: BoxEdges, missing: Uint8Array, width: number): boolean {
  for (let y = top; y < bottom; y++) {
    if (missing.subarray(y * width + left, y * width + right).includes(0)) return true;
  }
  return false;
}

/** Leaves out what lies for the most part where there is no image. */
function withoutMissing(found: Detections, missing: Uint8Array, { width, height }: Size): Detections {
  const seen = Array.from({ length: found.count }, (_, index) => index).filter((index) => {
    const [left, top, right, bottom] = boundsOf(found, index).map(Math.round) as [
      number,
      number,
      number,
      number,
    ];
    let [pixels, gaps] = [0, 0];
    for (let y = Math.max(0, top); y < Math.min(height, Math.max(bottom, top + 1)); y++)
      for (let x = Math.max(0, left); x < Math.min(width, Math.max(right, left + 1)); x++, pixels++)
        gaps += missing[y * width + x]!;
    return 2 * gaps <= pixels;
  });
  return selectDetections(found, seen);
}
