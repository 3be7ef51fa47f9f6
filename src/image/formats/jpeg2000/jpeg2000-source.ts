import { createHash } from 'node:crypto';
import { fromArrayBuffer } from 'geotiff';
import { UserError } from '../../../base/errors.js';
import { SharedThread } from '../../../base/threads/shared-thread.js';
import type { Box, Size } from '../../../boxes/box.js';
import type { Georeference } from '../../../geo/georeference.js';
import { readGeoreference } from '../../../geo/geotiff-tags.js';
import { readGmlGrid } from '../../../geo/gml-grid.js';
import type { ByteSource } from '../../raster/byte-source.js';
import { openBytes } from '../../raster/byte-source.js';
import { fileFingerprint } from '../../raster/fingerprint.js';
import type { OuterMask } from '../../raster/outer-mask.js';
import { openOuterMask } from '../../raster/outer-mask.js';
import type { RasterSource, RasterTile, ReadOptions, Samples } from '../../raster/raster-source.js';
import { planar, withMissing } from '../../raster/raster-source.js';
import { rasterError } from '../../raster/read-error.js';
import type { ImageSource } from '../../source.js';
import { nameOf } from '../../source.js';
import { mayReadOtherFormats } from '../allowed-formats.js';
import { placeBeside } from '../beside.js';
import type { Jp2Boxes } from './boxes.js';
import { readBoxes } from './boxes.js';
import type { ByteRange } from './byte-range.js';
import { rangeOf } from './byte-range.js';
import type { Codestream } from './codestream.js';
import { readCodestream, tileBox, tileCodestream } from './codestream.js';
import type { Decoded, DecodeRequest } from './decode-thread.js';

/** Decoded tiles that are kept, in bytes. */
const cacheBytes = 256e6;
/** Samples of a tile at most: OpenJPEG takes four bytes for each, in a memory of 2 GB. A stranger's tile may take half a gigabyte. */
const mostSamples = { own: 3e8, strangers: 1.25e8 };
/** Longest that a stranger's tile may take to decode, in milliseconds; an ordinary one of this size takes ten seconds. */
const mostTime = 60_000;

/** All images of a process share a thread. */
const decoders = new SharedThread<DecodeRequest, Decoded>(new URL('./decode-thread.js', import.meta.url));

/**
 * A JPEG 2000 image, plain or in JP2, decoded tile by tile by OpenJPEG in a thread: what is not looked at is not
 * decoded, and smaller copies come from the wavelets.
 */
export class Jpeg2000Source implements RasterSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly colourBands: readonly number[];
  readonly bitDepth: 8 | 16;
  readonly fullRange?: { readonly low: number; readonly high: number };
  readonly sampleBits?: number;
  readonly alphaBand?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly #file: ByteSource;
  readonly #bytes: ByteRange;
  readonly #stream: Codestream;
  /** Components in the order of the bands; opacity is the last. */
  readonly #components: readonly number[];
  readonly #outerMask: OuterMask | undefined;
  readonly #cache = new Map<string, Promise<Decoded>>();

  private constructor(file: ByteSource, bytes: ByteRange, stream: Codestream, facts: Facts) {
    this.name = bytes.name;
    this.width = stream.width;
    this.height = stream.height;
    const { alpha } = facts;
    const all = Array.from({ length: stream.components }, (_, index) => index);
    this.#components = [...all.filter((index) => index !== alpha), ...(alpha === undefined ? [] : [alpha])];
    this.bands = stream.components - (alpha === undefined ? 0 : 1);
    if (alpha !== undefined) this.alphaBand = this.bands;
    this.#outerMask = facts.outerMask;
    if (!stream.isSigned) this.sampleBits = stream.precision;
    this.colourBands = this.bands >= 3 ? [0, 1, 2] : [0];
    this.bitDepth = stream.precision <= 8 ? 8 : 16;
    if (this.bitDepth === 8) this.fullRange = { low: 0, high: 2 ** stream.precision - 1 };
    this.georeference = facts.georeference;
    this.overviews = Array.from({ length: levelsOf(stream) }, (_, level) => shrunk(stream, level + 1));
    this.fingerprint = facts.fingerprint;
    this.#file = file;
    this.#bytes = bytes;
    this.#stream = stream;
  }

  /** @throws UserError naming the file and what is wrong with it */
  static async open(source: ImageSource, pixelLimit: number): Promise<Jpeg2000Source> {
    const name = nameOf(source);
    const file = await openBytes(source);
    try {
      const { codestream, ...boxes } = await readBoxes(rangeOf(file, name, 0, file.size));
      const bytes = rangeOf(file, name, codestream.offset, codestream.length);
      const stream = await readCodestream(bytes);
      check(stream, name, pixelLimit);
      const place = await placeOf(boxes, name);
      const { alpha } = boxes;
      const facts =
        typeof source === 'string'
          ? await factsBeside(source, place, stream)
          : { georeference: place, fingerprint: createHash('sha256').update(source).digest('hex') };
      return new Jpeg2000Source(file, bytes, stream, { alpha, ...facts });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async read(window: Box, { bands, size = window }: ReadOptions = {}): Promise<RasterTile> {
    const level = this.#levelFor(window, size);
    const own = bands ?? Array.from({ length: this.bands }, (_, band) => band);
    const wanted = own.map((band) => this.#components[band]!);
    const all = this.alphaBand === undefined ? wanted : [...wanted, this.#components[this.alphaBand]!];
    const Type = this.bitDepth === 8 ? Uint8Array : this.#stream.isSigned ? Int16Array : Uint16Array;
    const planes = all.map(() => new Type(size.width * size.height));
    for (let index = 0; index < this.#stream.columns * this.#rows(); index++) {
      const box = tileBox(this.#stream, index);
      if (!overlaps(box, window)) continue;
      const decoded = await this.#tile(index, level);
      const samples = new Type(decoded.bytes.buffer as ArrayBuffer);
      copy(
        { samples, decoded, box, components: this.#stream.components },
        { window, size, planes, wanted: all },
      );
    }
    const tile = planar(planes.slice(0, wanted.length) as Samples[], size);
    const mask = this.alphaBand === undefined ? [] : [planar([planes.at(-1)!], size).planes[0]!];
    const masked = withMissing(tile, undefined, mask);
    return this.#outerMask ? this.#outerMask.apply(masked, own, window, size) : masked;
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#outerMask?.close();
  }

  #rows(): number {
    const { height, origin, tileOrigin, tile } = this.#stream;
    return Math.ceil((height + origin[1] - tileOrigin[1]) / tile.height);
  }

  /** How often the image may be halved and still be as large as what is asked for. */
  #levelFor(window: Box, size: Size): number {
    const scale = Math.min(window.width / size.width, window.height / size.height);
    return Math.max(0, Math.min(levelsOf(this.#stream), Math.floor(Math.log2(scale))));
  }

  async #tile(index: number, level: number): Promise<Decoded> {
    const key = `${index} ${level}`;
    const known = this.#cache.get(key) ?? this.#decode(index, level);
    // The last used is the last in the map.
    this.#cache.delete(key);
    this.#cache.set(key, known);
    const { width, height } = this.#stream.tile;
    const bytes = (width * height * this.#stream.components * this.bitDepth) / 8 / 4 ** level;
    const most = Math.max(1, Math.floor(cacheBytes / bytes));
    for (const old of this.#cache.keys()) {
      if (this.#cache.size <= most) break;
      this.#cache.delete(old);
    }
    return known.catch((cause: unknown) => {
      this.#cache.delete(key);
      if (cause instanceof UserError && cause.message.startsWith(this.name)) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(`${this.name} cannot be read: it is damaged (${reason}).`, { cause });
    });
  }

  async #decode(index: number, level: number): Promise<Decoded> {
    const codestream = Uint8Array.from(await tileCodestream(this.#bytes, this.#stream, index));
    // What is not answered any more is answered by the end of the thread.
    const thread = decoders.current;
    const end = mayReadOtherFormats() ? undefined : setTimeout(() => thread.terminate(), mostTime);
    try {
      return await decoders.ask({ codestream, level }, { of: thread, transfer: [codestream.buffer] });
    } finally {
      clearTimeout(end);
    }
  }
}

/** What is known of an image beside its codestream. */
interface Facts {
  /** Component that is opacity. */
  readonly alpha?: number;
  readonly georeference?: Georeference;
  readonly outerMask?: OuterMask;
  readonly fingerprint: string;
}

async function factsBeside(path: string, own: Georeference | undefined, size: Size): Promise<Facts> {
  const georeference = await placeBeside(path, own, size);
  const fingerprint = await fileFingerprint(path);
  return { georeference, fingerprint, outerMask: await openOuterMask(path, size) };
}

/** How often every tile can be halved and still begin at a whole pixel. */
function levelsOf({ decompositions, tile, origin, tileOrigin, columns, width }: Codestream): number {
  const places = columns === 1 && tile.width >= width ? [] : [tile.width, tile.height];
  const all = [...places, ...origin, ...tileOrigin];
  let level = 0;
  while (level < decompositions && all.every((value) => value % 2 ** (level + 1) === 0)) level++;
  return level;
}

function shrunk({ width, height }: Size, level: number): Size {
  return { width: Math.ceil(width / 2 ** level), height: Math.ceil(height / 2 ** level) };
}

function overlaps(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  );
}

interface Source {
  readonly samples: Uint8Array | Uint16Array | Int16Array;
  readonly decoded: Size;
  readonly box: Box;
  readonly components: number;
}

interface Target {
  readonly window: Box;
  readonly size: Size;
  readonly planes: readonly (Uint8Array | Uint16Array | Int16Array)[];
  readonly wanted: readonly number[];
}

/** Copies the pixels of a tile whose centres are nearest to those of the window. */
function copy({ samples, decoded, box, components }: Source, { window, size, planes, wanted }: Target): void {
  const [scaleX, scaleY] = [window.width / size.width, window.height / size.height];
  for (let y = 0; y < size.height; y++) {
    const row = Math.floor(window.top + (y + 0.5) * scaleY) - box.top;
    if (row < 0 || row >= box.height) continue;
    const from =
      Math.min(decoded.height - 1, Math.floor((row * decoded.height) / box.height)) * decoded.width;
    for (let x = 0; x < size.width; x++) {
      const column = Math.floor(window.left + (x + 0.5) * scaleX) - box.left;
      if (column < 0 || column >= box.width) continue;
      const at =
        components * (from + Math.min(decoded.width - 1, Math.floor((column * decoded.width) / box.width)));
      for (let plane = 0; plane < wanted.length; plane++)
        planes[plane]![y * size.width + x] = samples[at + wanted[plane]!]!;
    }
  }
}

function check(stream: Codestream, name: string, pixelLimit: number): void {
  const { width, height, tile, components, precision } = stream;
  if (width * height > pixelLimit)
    throw new UserError(
      `${name} has ${width} x ${height} pixels, more than the limit of ${pixelLimit} (--pixel-limit).`,
      {
        status: 413,
      },
    );
  if (precision > 16)
    throw new UserError(`${name} has samples of ${precision} bits; JPEG 2000 is read up to 16.`);
  const most = mayReadOtherFormats() ? mostSamples.own : mostSamples.strangers;
  if (Math.min(tile.width, width) * Math.min(tile.height, height) * components > most)
    throw new UserError(
      `${name} is one tile of ${width} x ${height} pixels, too large to decode at once. Cut it into tiles first, e.g. gdal_translate -co TILED=YES in.jp2 out.tif.`,
    );
}

async function placeOf(
  { geoTiff, gml }: Omit<Jp2Boxes, 'codestream'>,
  name: string,
): Promise<Georeference | undefined> {
  const grid = gml === undefined ? undefined : readGmlGrid(gml, `The GML in ${name}`);
  if (!geoTiff) return grid;
  try {
    const image = await (await fromArrayBuffer(Uint8Array.from(geoTiff).buffer)).getImage();
    return readGeoreference(image) ?? grid;
  } catch (cause) {
    throw rasterError(`The GeoTIFF in ${name} that says where it lies`, cause);
  }
}
