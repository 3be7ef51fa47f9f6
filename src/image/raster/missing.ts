import type { RasterPlane, RasterTile } from './raster-source.js';

/** Whether a sample was not recorded. */
export function isMissing(sample: number, nodata: number | undefined): boolean {
  return sample === nodata || !Number.isFinite(sample);
}

/**
 * The pixels of a tile that were not recorded in any of its bands: white aircraft are not missing where 255 stands for nothing
 * and only their red is that bright.
 * @returns 1 for each of them, row by row; undefined where there are none
 */
export function missingPixels(tile: RasterTile): Uint8Array | undefined {
  const { width, height, planes } = tile;
  if (!planes.every(mayMiss)) return undefined;
  const missing = new Uint8Array(width * height).fill(1);
  for (const plane of planes) clearRecorded(plane, width, height, missing);
  return missing.includes(1) ? missing : undefined;
}

function mayMiss({ samples, nodata, masks = [] }: RasterPlane): boolean {
  const isFloat = samples instanceof Float32Array || samples instanceof Float64Array;
  return isFloat || nodata !== undefined || masks.length > 0;
}

function clearRecorded(plane: RasterPlane, width: number, height: number, missing: Uint8Array): void {
  const recorded = recordedIn(plane);
  let pixel = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) if (missing[pixel] === 1 && recorded(x, y)) missing[pixel] = 0;
}

/** Makes the pixels of an RGB image black that were not recorded. @param missing as `missingPixels` */
export function blacken(rgb: Uint8Array, missing: Uint8Array | undefined): void {
  if (!missing) return;
  for (let pixel = 0; pixel < missing.length; pixel++)
    if (missing[pixel] === 1) rgb.fill(0, 3 * pixel, 3 * pixel + 3);
}

/** A tile of which only masks say what was not recorded. */
export function withoutNodata(tile: RasterTile): RasterTile {
  return { ...tile, planes: tile.planes.map((plane) => ({ ...plane, nodata: undefined })) };
}

/** Tells whether a band was recorded at a pixel. */
export function recordedIn(plane: RasterPlane): (x: number, y: number) => boolean {
  const { samples, offset, step, rowStep, nodata, masks = [] } = plane;
  return (x, y) => {
    if (isMissing(samples[offset + y * rowStep + x * step]!, nodata)) return false;
    for (const mask of masks)
      if (mask.samples[mask.offset + y * mask.rowStep + x * mask.step] === 0) return false;
    return true;
  };
}
