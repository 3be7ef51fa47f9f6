import { access } from 'node:fs/promises';
import { UserError } from '../../base/errors.js';
import type { Box, Size } from '../../boxes/box.js';
import type { OpenTiff } from '../tiff/open-tiff.js';
import { openTiff } from '../tiff/open-tiff.js';
import { openLocalBytes } from './byte-source.js';
import type { RasterTile } from './raster-source.js';
import { withMasks } from './raster-source.js';

/** A mask in a file of its own: GDAL's `<image>.msk`, a TIFF with one band for all bands of the image, or one for each. */
export class OuterMask {
  readonly #tiff: OpenTiff;

  constructor(tiff: OpenTiff) {
    this.#tiff = tiff;
  }

  /** Adds the mask to a tile of the image. @param bands which bands of the image the planes are */
  async apply(tile: RasterTile, bands: readonly number[], window: Box, size: Size): Promise<RasterTile> {
    const { bands: count } = this.#tiff.layout;
    const wanted = bands.map((band) => Math.min(band, count - 1));
    const mask = await this.#tiff.pyramid.read(window, [...new Set(wanted)], size);
    if (count === 1) return withMasks(tile, mask.planes);
    const own = [...new Set(wanted)];
    return {
      ...tile,
      planes: tile.planes.map((plane, index) => {
        const grid = mask.planes[own.indexOf(wanted[index]!)]!;
        return { ...plane, masks: [...(plane.masks ?? []), grid] };
      }),
    };
  }

  close(): Promise<void> {
    return this.#tiff.bytes.close();
  }
}

/**
 * Opens the mask beside a local image, if there is one.
 * @throws UserError naming the mask when it cannot be read, or is of another size than the image
 */
export async function openOuterMask(path: string, { width, height }: Size): Promise<OuterMask | undefined> {
  const name = `${path}.msk`;
  const isThere = await access(name).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const tiff = await openTiff(name, await openLocalBytes(name));
  const { layout } = tiff;
  if (layout.width === width && layout.height === height) return new OuterMask(tiff);
  await tiff.bytes.close();
  throw new UserError(
    `${name} is ${layout.width} x ${layout.height} pixels, ${path} ${width} x ${height}: it cannot be its mask. Remove or rename it.`,
  );
}
