import { access } from 'node:fs/promises';
import { UserError } from '../../base/errors.js';
import type { Box, Orientation, Size } from '../../boxes/box.js';
import { storedBox } from '../../boxes/box.js';
import { isTiff } from '../tiff/is-tiff.js';
import type { OpenTiff } from '../tiff/open-tiff.js';
import { besideAddress } from './beside-address.js';
import type { ByteSource } from './byte-source.js';
import { openLocalBytes } from './byte-source.js';
import { turned } from './orientation.js';
import type { RasterTile } from './raster-source.js';
import { withMasks } from './raster-source.js';
import { rasterError } from './read-error.js';

/** A mask in a file of its own: GDAL's `<image>.msk`, a TIFF with one band for all bands of the image, or one for each. */
export class OuterMask {
  readonly #tiff: OpenTiff;
  readonly #orientation: Orientation;

  /** @param orientation how the image is turned to be upright: masks speak of it as it is stored */
  constructor(tiff: OpenTiff, orientation: Orientation = 1) {
    this.#tiff = tiff;
    this.#orientation = orientation;
  }

  /**
   * Adds the mask to a tile of the upright image.
   * @param bands which bands of the image the planes are
   * @throws UserError naming the mask when it is damaged
   */
  async apply(tile: RasterTile, bands: readonly number[], window: Box, size: Size): Promise<RasterTile> {
    const { bands: count } = this.#tiff.layout;
    const wanted = bands.map((band) => Math.min(band, count - 1));
    const mask = await this.#read(window, [...new Set(wanted)], size).catch((cause: unknown) => {
      throw rasterError(this.#tiff.name, cause);
    });
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

  async #read(window: Box, bands: readonly number[], size: Size): Promise<RasterTile> {
    const orientation = this.#orientation;
    const { pyramid, layout } = this.#tiff;
    if (orientation === 1) return pyramid.read(window, bands, size);
    const { width, height } = layout;
    const isTurned = orientation >= 5;
    const upright = isTurned ? { width: height, height: width } : layout;
    const stored = isTurned ? { width: size.height, height: size.width } : size;
    return turned(await pyramid.read(storedBox(window, upright, orientation), bands, stored), orientation);
  }

  close(): Promise<void> {
    return this.#tiff.bytes.close();
  }
}

/** Loaded for a mask only: most images have none. */
const tiffs = () => import('../tiff/open-tiff.js');

/** An image that a mask may belong to: its size, and how it is turned, as the file says, to be so. */
type Masked = Size & { readonly orientation?: Orientation };

/** Bytes of which the first are known. */
type Started = ByteSource & { readonly start: Uint8Array };

/** Whether there is a mask beside a local image. */
export function hasOuterMask(path: string): Promise<boolean> {
  return access(`${path}.msk`).then(
    () => true,
    () => false,
  );
}

/**
 * Opens the mask beside a local image, if there is one.
 * @throws UserError naming the mask when it cannot be read, or is of another size than the image
 */
export async function openOuterMask(path: string, image: Masked): Promise<OuterMask | undefined> {
  const name = `${path}.msk`;
  if (!(await hasOuterMask(path))) return undefined;
  return checked(await (await tiffs()).openTiff(name, await openLocalBytes(name)), path, image);
}

/**
 * Opens the mask beside a file behind a server, if there is one.
 * @param own bytes of the file
 * @param open opens an address; undefined where the server has no such file
 * @throws UserError as `openOuterMask`
 */
export async function openRemoteMask(
  url: string,
  own: Started,
  image: Masked,
  open: (address: string) => Promise<Started | undefined>,
): Promise<OuterMask | undefined> {
  const name = besideAddress(url, (path) => `${path}.msk`);
  const bytes = await open(name);
  // Some servers answer every address, with a page, or with the image itself.
  if (!bytes || !isTiff(bytes.start) || Buffer.compare(bytes.start, own.start) === 0) return undefined;
  return checked(await (await tiffs()).openTiff(name, bytes), url, image);
}

async function checked(tiff: OpenTiff, path: string, image: Masked): Promise<OuterMask> {
  const { name, layout } = tiff;
  const { orientation = 1 } = image;
  const [width, height] = orientation < 5 ? [image.width, image.height] : [image.height, image.width];
  if (layout.width === width && layout.height === height) return new OuterMask(tiff, orientation);
  await tiff.bytes.close();
  throw new UserError(
    `${name} is ${layout.width} x ${layout.height} pixels, ${path} ${width} x ${height}: it cannot be its mask. Remove or rename it.`,
  );
}
