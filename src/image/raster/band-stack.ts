import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors.js';
import type { Box, Size } from '../../boxes/box.js';
import type { Georeference } from '../../geo/georeference.js';
import { isSamePlace } from '../../geo/same-place.js';
import type { RasterPlane, RasterSource, RasterTile, ReadOptions, SampleRange } from './raster-source.js';

/** Files with one or more bands each of the same scene, as Sentinel-2 and Landsat scenes come, taken as one raster. */
export class BandStack implements RasterSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly colourBands: readonly number[];
  readonly bitDepth: number;
  readonly fullRange?: SampleRange;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly #files: readonly RasterSource[];
  /** For each band of the stack, its file and its band there. */
  readonly #places: readonly { readonly file: RasterSource; readonly band: number }[];

  /** @throws UserError when the files differ in size; each may have a nodata value and a mask of its own */
  constructor(files: readonly RasterSource[]) {
    const [first, ...others] = files as [RasterSource, ...RasterSource[]];
    for (const other of others) checkAlike(first, other);
    this.name = files.map(({ name }) => name).join(' + ');
    this.width = first.width;
    this.height = first.height;
    this.bitDepth = Math.max(...files.map(({ bitDepth }) => bitDepth));
    this.fullRange = files.every(({ fullRange }) => isSameRange(fullRange, first.fullRange))
      ? first.fullRange
      : undefined;
    this.nodata = first.nodata;
    this.georeference = files.find(({ georeference }) => georeference)?.georeference;
    this.overviews = files.every(({ overviews }) => overviews.length > 0) ? first.overviews : [];
    this.fingerprint = createHash('sha256')
      .update(files.map(({ fingerprint }) => fingerprint).join('\n'))
      .digest('hex');
    this.#files = files;
    this.#places = files.flatMap((file) => Array.from({ length: file.bands }, (_, band) => ({ file, band })));
    this.bands = this.#places.length;
    this.colourBands = this.bands < 3 ? [0] : [0, 1, 2];
  }

  async read(window: Box, options: ReadOptions = {}): Promise<RasterTile> {
    const wanted = (options.bands ?? Array.from({ length: this.bands }, (_, band) => band)).map(
      (band) => this.#places[band]!,
    );
    const planes = new Array<RasterPlane>(wanted.length);
    for (const file of this.#files) {
      const slots = wanted.flatMap((place, slot) => (place.file === file ? [slot] : []));
      if (slots.length === 0) continue;
      const bands = slots.map((slot) => wanted[slot]!.band);
      const tile = await file.read(window, { ...options, bands });
      for (const [index, slot] of slots.entries()) planes[slot] = tile.planes[index]!;
    }
    return {
      width: options.size?.width ?? window.width,
      height: options.size?.height ?? window.height,
      planes,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }
}

function checkAlike(first: RasterSource, other: RasterSource): void {
  if (first.width !== other.width || first.height !== other.height) {
    throw new UserError(
      `${other.name} is ${other.width} x ${other.height} pixels, ${first.name} ${first.width} x ${first.height}: bands of one ` +
        'scene must have one size. Resample them first, e.g. gdalwarp -tr.',
    );
  }
  if (
    first.georeference &&
    other.georeference &&
    !isSamePlace(first.georeference, other.georeference, first)
  ) {
    throw new UserError(
      `${first.name} and ${other.name} lie in different places: bands of one scene must show the same ground. ` +
        'Cut them to one area first, e.g. gdalwarp -te, and give scenes of their own one by one.',
    );
  }
}

function isSameRange(one: SampleRange | undefined, other: SampleRange | undefined): boolean {
  return one?.low === other?.low && one?.high === other?.high;
}
