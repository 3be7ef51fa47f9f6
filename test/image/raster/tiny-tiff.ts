/** A TIFF 6.0 as tests need it: in strips or tiles, of either byte order, with any tags. */
export interface TinyTiff {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly bits: 8 | 16 | 32;
  /** Sample of a pixel. */
  readonly sample: (x: number, y: number, band: number) => number;
  /** IEEE floats instead of integers; 32 bits. */
  readonly float?: boolean;
  readonly bigEndian?: boolean;
  /** Side of tiles; strips of `rows` rows otherwise. */
  readonly tile?: number;
  readonly rows?: number;
  /** All tiles are the first one, which is in the file once: a scene of any size in a small file. */
  readonly isRepeated?: boolean;
  /** Deflates blocks, or what is given to it of them; stored as they are by default. */
  readonly deflate?: (block: Buffer) => Buffer;
  readonly photometric?: number;
  readonly doubles?: Readonly<Record<number, readonly number[]>>;
  readonly shorts?: Readonly<Record<number, readonly number[]>>;
  readonly texts?: Readonly<Record<number, string>>;
}

const [ASCII, SHORT, LONG, DOUBLE] = [2, 3, 4, 12];
const sizes: Record<number, number> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

export function tinyTiff(tiff: TinyTiff): Buffer {
  const { width, height, bands, bits } = tiff;
  const little = !tiff.bigEndian;
  const [blockWidth, blockHeight] = tiff.tile ? [tiff.tile, tiff.tile] : [width, tiff.rows ?? height];
  const blocks: Buffer[] = [];
  for (let top = 0; top < height; top += blockHeight) {
    for (let left = 0; left < width; left += blockWidth) {
      // The last strip is short, tiles never are.
      const rows = tiff.tile ? blockHeight : Math.min(blockHeight, height - top);
      const store = tiff.deflate ?? ((block: Buffer) => block);
      const own = tiff.isRepeated ? blocks[0] : undefined;
      blocks.push(own ?? store(blockOf(tiff, left, top, blockWidth, rows)));
    }
  }
  const entries: [tag: number, type: number, values: readonly number[]][] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, Array(bands).fill(bits)],
    [259, SHORT, [tiff.deflate ? 8 : 1]],
    [262, SHORT, [tiff.photometric ?? (bands >= 3 ? 2 : 1)]],
    [277, SHORT, [bands]],
    [284, SHORT, [1]],
    [339, SHORT, Array(bands).fill(tiff.float ? 3 : 1)],
    ...(tiff.tile
      ? ([
          [322, SHORT, [tiff.tile]],
          [323, SHORT, [tiff.tile]],
        ] as [number, number, number[]][])
      : ([[278, LONG, [blockHeight]]] as [number, number, number[]][])),
  ];
  for (const [tag, values] of Object.entries(tiff.doubles ?? {})) entries.push([Number(tag), DOUBLE, values]);
  for (const [tag, values] of Object.entries(tiff.shorts ?? {})) entries.push([Number(tag), SHORT, values]);
  for (const [tag, text] of Object.entries(tiff.texts ?? {}))
    entries.push([Number(tag), ASCII, [...Buffer.from(`${text}\0`)]]);
  const [offsetTag, countTag] = tiff.tile ? [324, 325] : [273, 279];
  entries.push([offsetTag, LONG, blocks.map(() => 0)], [countTag, LONG, blocks.map(({ length }) => length)]);
  entries.sort(([a], [b]) => a - b);

  const header = 8 + 2 + 12 * entries.length + 4;
  let end = header;
  const places = entries.map(([, type, values]) => {
    const bytes = sizes[type]! * values.length;
    if (bytes <= 4) return undefined;
    end += end % 2;
    const place = end;
    end += bytes;
    return place;
  });
  let offset = end;
  const offsets = blocks.map((block, index) => {
    if (tiff.isRepeated && index > 0) return end;
    const at = offset;
    offset += block.length;
    return at;
  });
  const out = Buffer.alloc(offset);
  const view = new DataView(out.buffer, out.byteOffset);
  const put = (at: number, type: number, value: number) => {
    if (type === ASCII) view.setUint8(at, value);
    else if (type === SHORT) view.setUint16(at, value, little);
    else if (type === LONG) view.setUint32(at, value, little);
    else view.setFloat64(at, value, little);
  };
  out.write(little ? 'II' : 'MM', 'latin1');
  put(2, SHORT, 42);
  put(4, LONG, 8);
  put(8, SHORT, entries.length);
  for (const [index, [tag, type, values]] of entries.entries()) {
    const at = 10 + 12 * index;
    put(at, SHORT, tag);
    put(at + 2, SHORT, type);
    put(at + 4, LONG, values.length);
    const place = places[index];
    if (place !== undefined) put(at + 8, LONG, place);
    const written = tag === offsetTag ? offsets : values;
    for (const [n, value] of written.entries()) put((place ?? at + 8) + n * sizes[type]!, type, value);
  }
  for (const [index, block] of blocks.entries()) block.copy(out, offsets[index]!);
  return out;
}

function blockOf(tiff: TinyTiff, left: number, top: number, columns: number, rows: number): Buffer {
  const bytes = tiff.bits / 8;
  const block = Buffer.alloc(columns * rows * tiff.bands * bytes);
  const view = new DataView(block.buffer, block.byteOffset);
  let at = 0;
  for (let y = top; y < top + rows; y++) {
    for (let x = left; x < left + columns; x++) {
      for (let band = 0; band < tiff.bands; band++, at += bytes) {
        if (x >= tiff.width || y >= tiff.height) continue;
        const value = tiff.sample(x, y, band);
        if (tiff.float) view.setFloat32(at, value, !tiff.bigEndian);
        else if (bytes === 1) view.setUint8(at, value);
        else if (bytes === 2) view.setUint16(at, value, !tiff.bigEndian);
        else view.setUint32(at, value, !tiff.bigEndian);
      }
    }
  }
  return block;
}

/** GeoKeyDirectory of a projected or geographic system. */
export function geoKeys(epsg: number, { isPoint = false, isGeographic = false } = {}): number[] {
  const keys = [
    [1024, 0, 1, isGeographic ? 2 : 1],
    [1025, 0, 1, isPoint ? 2 : 1],
    [isGeographic ? 2048 : 3072, 0, 1, epsg],
  ];
  return [1, 1, 0, keys.length, ...keys.flat()];
}

export const tags = {
  pixelScale: 33550,
  tiepoint: 33922,
  transformation: 34264,
  geoKeys: 34735,
  geoDoubles: 34736,
  nodata: 42113,
  extraSamples: 338,
} as const;
