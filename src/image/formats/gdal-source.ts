import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import { allowedPlaces } from '../../base/places.js';
import type { RequestThread } from '../../base/threads/request-thread.js';
import { SharedThread } from '../../base/threads/shared-thread.js';
import type { Box, Size } from '../../boxes/box.js';
import { hasGdal, installGdal } from '../../geo/gdal/gdal-module.js';
import type { Georeference } from '../../geo/georeference.js';
import { fitGroundControl } from '../../geo/ground-control.js';
import { systemOfWkt } from '../../geo/wkt-code.js';
import { fileFingerprint } from '../raster/fingerprint.js';
import type { OuterMask } from '../raster/outer-mask.js';
import { openOuterMask } from '../raster/outer-mask.js';
import type { RasterSource, RasterTile, ReadOptions, Samples } from '../raster/raster-source.js';
import { planar, withMissing } from '../raster/raster-source.js';
import type { GdalAnswer, GdalOpen, GdalRead, GdalRequest, SampleType } from './gdal-messages.js';
import { sampleTypes } from './gdal-messages.js';

/** `gdalinfo -json`, as far as it is used here. */
const infoSchema = z.object({
  driverShortName: z.string(),
  size: z.tuple([z.number(), z.number()]),
  files: z.array(z.string()).default([]),
  coordinateSystem: z.object({ wkt: z.string().default('') }).optional(),
  geoTransform: z.array(z.number()).length(6).optional(),
  gcps: z
    .object({
      coordinateSystem: z.object({ wkt: z.string().default('') }).optional(),
      gcpList: z.array(z.object({ pixel: z.number(), line: z.number(), x: z.number(), y: z.number() })),
    })
    .optional(),
  bands: z
    .array(
      z.object({
        type: z.string(),
        colorInterpretation: z.string().default('Undefined'),
        mask: z.object({ flags: z.array(z.string()).default([]) }).optional(),
        metadata: z
          .object({ IMAGE_STRUCTURE: z.object({ NBITS: z.coerce.number().optional() }).optional() })
          .optional(),
        noDataValue: z.union([z.number(), z.string()]).optional(),
        overviews: z.array(z.object({ size: z.tuple([z.number(), z.number()]) })).default([]),
      }),
    )
    .default([]),
});

type Info = z.infer<typeof infoSchema>;

interface Layout {
  readonly sampleType: SampleType;
  readonly isCoded: boolean;
  /** Bands that are not alpha. */
  readonly bands: readonly number[];
  readonly alpha?: number;
  /** Whether a mask says where there is an image. */
  readonly isMasked: boolean;
}

/**
 * A raster in any format that GDAL reads, through the optional package gdal3.js: windows only, in a thread that all such rasters of
 * this process share, as GDAL takes a second to load.
 */
export class GdalSource implements RasterSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly colourBands: readonly number[];
  readonly bitDepth: number;
  readonly fullRange?: { readonly low: number; readonly high: number };
  readonly sampleBits?: number;
  readonly alphaBand?: number;
  readonly nodata?: number;
  readonly georeference?: Georeference;
  readonly overviews: readonly Size[];
  readonly fingerprint: string;
  readonly #opened: OpenedDataset;
  readonly #layout: Layout;
  #outerMask: OuterMask | undefined;

  private constructor(name: string, info: Info, fingerprint: string, opened: OpenedDataset) {
    const [first] = info.bands;
    this.name = name;
    [this.width, this.height] = info.size;
    this.#layout = layoutOf(name, info);
    this.#opened = opened;
    this.bands = this.#layout.bands.length;
    this.colourBands = coloursOf(info, this.#layout);
    this.bitDepth = 8 * sampleTypes[this.#layout.sampleType].BYTES_PER_ELEMENT;
    this.sampleBits = sampleBitsOf(info, this.#layout);
    if (this.bitDepth === 8) this.fullRange = { low: 0, high: 2 ** (this.sampleBits ?? 8) - 1 };
    if (this.#layout.alpha !== undefined) this.alphaBand = this.bands;
    const nodata = first?.noDataValue;
    this.nodata = nodata === undefined || this.#layout.isCoded ? undefined : Number(nodata);
    this.georeference = placeOf(info);
    this.overviews = (first?.overviews ?? []).map(({ size: [width, height] }) => ({ width, height }));
    this.fingerprint = fingerprint;
  }

  /** @throws UserError naming the file and why it cannot be read */
  static async open(path: string, pixelLimit: number): Promise<GdalSource> {
    if (!hasGdal()) {
      throw new UserError(
        `${path} is in a format that needs the optional package gdal3.js: ${installGdal}.`,
        {
          status: 415,
        },
      );
    }
    const seen = await visible(path);
    const shared = threadThatSees(seen.folders);
    const place = { shared, thread: shared.current };
    const answer = await ask(path, place, { type: 'open', ...seen });
    if (!('info' in answer)) throw new Error('GDAL did not answer a request to open a file.');
    const opened = { ...place, dataset: answer.dataset };
    try {
      const info = infoSchema.parse(answer.info);
      const [width, height] = info.size;
      if (width * height > pixelLimit)
        throw new UserError(
          `${path} has ${width} x ${height} pixels, more than the limit of ${pixelLimit} (--pixel-limit).`,
          { status: 413 },
        );
      const source = new GdalSource(path, info, await fingerprintOf(path, info), opened);
      // GDAL takes a file for a mask only if its tags say so; other readers here do not ask for that.
      if (!source.#layout.isMasked) source.#outerMask = await openOuterMask(path, source);
      return source;
    } catch (error) {
      await closeDataset(opened);
      throw error;
    }
  }

  async read(window: Box, { bands, size }: ReadOptions = {}): Promise<RasterTile> {
    const { bands: colours, alpha, sampleType, isCoded, isMasked } = this.#layout;
    const own = bands ?? colours.map((_, index) => index);
    const wanted = own.map((band) => (band === this.alphaBand ? alpha! : colours[band]!));
    const { width, height } = size ?? window;
    const { dataset } = this.#opened;
    const read = { type: 'read', dataset, window, size: { width, height }, sampleType, isCoded } as const;
    const samples = await this.#samples({
      ...read,
      bands: alpha === undefined ? wanted : [...wanted, alpha],
    });
    const tile = planar(samples.slice(0, wanted.length), { width, height });
    const masks = alpha === undefined ? [] : [samples.at(-1)!];
    if (isMasked)
      masks.push(...(await this.#samples({ ...read, bands: 'mask', sampleType: 'Byte', isCoded: false })));
    const masked = withMissing(tile, this.nodata, planar(masks, { width, height }).planes);
    return this.#outerMask ? this.#outerMask.apply(masked, own, window, { width, height }) : masked;
  }

  async #samples(request: GdalRead): Promise<readonly Samples[]> {
    const answer = await ask(this.name, this.#opened, request);
    return 'samples' in answer ? answer.samples : [];
  }

  async close(): Promise<void> {
    await closeDataset(this.#opened);
    await this.#outerMask?.close();
  }
}

/** What GDAL sees: where only some places may be opened, their folders and no more, so that files that name others lead nowhere. */
async function visible(path: string): Promise<Pick<GdalOpen, 'path' | 'folders'>> {
  const places = allowedPlaces();
  if (!places) return { path: resolve(path) };
  const folders: string[] = [];
  for (const folder of places.folders) folders.push(await realpath(folder).catch(() => folder));
  // By its real name: links are no way into these folders.
  return { path: await realpath(path), folders };
}

/** A dataset in the thread that opened it. */
interface OpenedDataset {
  readonly shared: SharedThread<GdalRequest, GdalAnswer>;
  readonly thread: RequestThread<GdalRequest, GdalAnswer>;
  readonly dataset: number;
}

/** By the folders that GDAL sees in them. */
const threads = new Map<string, SharedThread<GdalRequest, GdalAnswer>>();

function threadThatSees(folders: readonly string[] | undefined): SharedThread<GdalRequest, GdalAnswer> {
  const key = JSON.stringify(folders ?? null);
  const known =
    threads.get(key) ??
    new SharedThread<GdalRequest, GdalAnswer>(new URL('./gdal-thread.js', import.meta.url));
  threads.set(key, known);
  return known;
}

/** What has ended has nothing open. */
async function closeDataset({ shared, thread, dataset }: OpenedDataset): Promise<void> {
  if (!thread.hasEnded) await shared.ask({ type: 'close', dataset }, { of: thread });
}

async function ask(
  name: string,
  { shared, thread }: Pick<OpenedDataset, 'shared' | 'thread'>,
  request: GdalRequest,
): Promise<GdalAnswer> {
  return shared.ask(request, { of: thread }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${name} cannot be read: ${reason}.`, { cause });
  });
}

function layoutOf(name: string, { bands, driverShortName }: Info): Layout {
  const [first] = bands;
  if (!first) {
    throw new UserError(
      `${name} (${driverShortName}) holds no bands of its own: name the raster in it, e.g. by gdal_translate.`,
    );
  }
  const isCoded = first.colorInterpretation === 'Palette';
  const { flags = [] } = first.mask ?? {};
  const isMasked = flags.includes('PER_DATASET') && !flags.includes('ALPHA');
  if (isCoded) return { sampleType: 'Byte', isCoded, bands: [0, 1, 2], alpha: 3, isMasked };
  const sampleType = first.type === 'Int8' ? 'Int16' : first.type;
  if (!(sampleType in sampleTypes) || bands.some(({ type }) => type !== first.type)) {
    throw new UserError(
      `${name} has samples of type ${[...new Set(bands.map(({ type }) => type))].join(', ')}: convert them, e.g. gdal_translate -ot Float32.`,
    );
  }
  const alpha = bands.findIndex(({ colorInterpretation }) => colorInterpretation === 'Alpha');
  return {
    sampleType: sampleType as SampleType,
    isCoded,
    bands: bands.flatMap((_, index) => (index === alpha ? [] : [index])),
    alpha: alpha === -1 || bands.length === 1 ? undefined : alpha,
    isMasked,
  };
}

/** NBITS is what formats say of samples that do not use all bits of their type. */
function sampleBitsOf({ bands }: Info, { sampleType, isCoded }: Layout): number | undefined {
  if (isCoded) return 8;
  const most = { Byte: 8, UInt16: 16 }[sampleType as string];
  return most && Math.min(most, bands[0]!.metadata?.IMAGE_STRUCTURE?.NBITS ?? most);
}

/** The bands that are red, green and blue, or the first ones. */
function coloursOf({ bands }: Info, { bands: kept, isCoded }: Layout): readonly number[] {
  if (isCoded) return [0, 1, 2];
  const named = ['Red', 'Green', 'Blue'].map((colour) =>
    kept.findIndex((band) => bands[band]!.colorInterpretation === colour),
  );
  if (named.every((band) => band !== -1)) return named;
  return kept.length >= 3 ? [0, 1, 2] : [0];
}

function placeOf({ geoTransform, coordinateSystem, gcps }: Info): Georeference | undefined {
  if (geoTransform) {
    const [c, a, b, f, d, e] = geoTransform as [number, number, number, number, number, number];
    return { transform: { a, b, c, d, e, f }, ...systemOfWkt(coordinateSystem?.wkt) };
  }
  if (!gcps || gcps.gcpList.length < 3) return undefined;
  return { ...fitGroundControl(gcps.gcpList), ...systemOfWkt(gcps.coordinateSystem?.wkt) };
}

/** Of all files that belong to it, as far as they are found under the names that GDAL gives them. */
async function fingerprintOf(path: string, { files }: Info): Promise<string> {
  const hash = createHash('sha256');
  const all = new Set([resolve(path), ...files.filter((file) => !/^\/scene\d+\//.test(file))]);
  for (const file of all) hash.update(await fileFingerprint(file).catch(() => file));
  return hash.digest('hex');
}
