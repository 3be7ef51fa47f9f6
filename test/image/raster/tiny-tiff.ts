/** A TIFF 6.0 as tests need it: in strips or tiles, of either byte order, with any tags. */
export interface TinyTiff {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly bits: number;
  /** Sample of a pixel. */
  readonly sample: (x: number, y: number, band: number) => number;
  /** IEEE floats instead of integers; 32 or 64 bits. */
  readonly float?: boolean;
  /** Signed integers. */
  readonly kind?: 'int';
  /** Each band in blocks of its own. */
  readonly isPlanar?: boolean;
  /** TIFF 6.0: 2 for differences of neighbours, 3 for those of the bytes of floats. */
  readonly predictor?: 2 | 3;
  /** Written as the tag says, whatever the blocks are. */
  readonly compression?: number;
  /** Another image behind this one: a mask. */
  readonly next?: TinyTiff;
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
  const parts = [directoryOf(tiff, 8, tiff.next !== undefined)];
  if (tiff.next)
    parts.push(directoryOf({ ...tiff.next, bigEndian: tiff.bigEndian }, 8 + parts[0]!.length, false));
  const header = Buffer.from(
    tiff.bigEndian ? [0x4d, 0x4d, 0, 42, 0, 0, 0, 8] : [0x49, 0x49, 42, 0, 8, 0, 0, 0],
  );
  return Buffer.concat([header, ...parts]);
}

/** The blocks of an image in their order: row by row, band by band where these are apart. */
function blocksOf(tiff: TinyTiff): Buffer[] {
  const { width, height, bands } = tiff;
  const [blockWidth, blockHeight] = tiff.tile ? [tiff.tile, tiff.tile] : [width, tiff.rows ?? height];
  const all = Array.from({ length: bands }, (_, band) => band);
  const blocks: Buffer[] = [];
  for (const own of tiff.isPlanar ? all.map((band) => [band]) : [all]) {
    for (let top = 0; top < height; top += blockHeight) {
      for (let left = 0; left < width; left += blockWidth) {
        // The last strip is short, tiles never are.
        const rows = tiff.tile ? blockHeight : Math.min(blockHeight, height - top);
        const store = tiff.deflate ?? ((block: Buffer) => block);
        const same = tiff.isRepeated ? blocks[0] : undefined;
        blocks.push(same ?? store(blockOf(tiff, { left, top, columns: blockWidth, rows, bands: own })));
      }
    }
  }
  return blocks;
}

/** A directory at a place in the file, its values and its blocks. */
function directoryOf(tiff: TinyTiff, start: number, hasNext: boolean): Buffer {
  const { width, height, bands, bits } = tiff;
  const little = !tiff.bigEndian;
  const blockHeight = tiff.rows ?? height;
  const blocks = blocksOf(tiff);
  const entries: [tag: number, type: number, values: readonly number[]][] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, Array(bands).fill(bits)],
    [259, SHORT, [tiff.compression ?? (tiff.deflate ? 8 : 1)]],
    [262, SHORT, [tiff.photometric ?? (bands >= 3 ? 2 : 1)]],
    [277, SHORT, [bands]],
    [284, SHORT, [tiff.isPlanar ? 2 : 1]],
    [317, SHORT, [tiff.predictor ?? 1]],
    [339, SHORT, Array(bands).fill(tiff.float ? 3 : tiff.kind === 'int' ? 2 : 1)],
    ...(tiff.tile
      ? ([
          [322, SHORT, [tiff.tile]],
          [323, SHORT, [tiff.tile]],
        ] as [number, number, number[]][])
      : ([[278, LONG, [blockHeight]]] as [number, number, number[]][])),
  ];
  for (const [tag, values] of Object.entries(tiff.doubles ?? {})) entries.push([Number(tag), DOUBLE, values]);
  for (const [tag, values] of Object.entries(tiff.shorts ?? {})) {
    const at = entries.findIndex(([other]) => other === Number(tag));
    if (at >= 0) entries.splice(at, 1);
    entries.push([Number(tag), SHORT, values]);
  }
  for (const [tag, text] of Object.entries(tiff.texts ?? {}))
    entries.push([Number(tag), ASCII, [...Buffer.from(`${text}\0`)]]);
  const [offsetTag, countTag] = tiff.tile ? [324, 325] : [273, 279];
  entries.push([offsetTag, LONG, blocks.map(() => 0)], [countTag, LONG, blocks.map(({ length }) => length)]);
  entries.sort(([a], [b]) => a - b);

  let end = start + 2 + 12 * entries.length + 4;
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
  // The next directory starts at an even byte.
  const out = Buffer.alloc(offset - start + ((offset - start) % 2));
  const view = new DataView(out.buffer, out.byteOffset);
  const put = (at: number, type: number, value: number) => {
    if (type === ASCII) view.setUint8(at, value);
    else if (type === SHORT) view.setUint16(at, value, little);
    else if (type === LONG) view.setUint32(at, value, little);
    else view.setFloat64(at, value, little);
  };
  put(0, SHORT, entries.length);
  if (hasNext) put(2 + 12 * entries.length, LONG, start + out.length);
  for (const [index, [tag, type, values]] of entries.entries()) {
    const at = 2 + 12 * index;
    put(at, SHORT, tag);
    put(at + 2, SHORT, type);
    put(at + 4, LONG, values.length);
    const place = places[index];
    if (place !== undefined) put(at + 8, LONG, place);
    const written = tag === offsetTag ? offsets : values;
    const to = place === undefined ? at + 8 : place - start;
    for (const [n, value] of written.entries()) put(to + n * sizes[type]!, type, value);
  }
  for (const [index, block] of blocks.entries()) block.copy(out, offsets[index]! - start);
  return out;
}

interface Part {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly bands: readonly number[];
}

/** Samples of a block, packed: rows start at whole bytes, pixels beyond the image are 0. */
function blockOf(tiff: TinyTiff, { left, top, columns, rows, bands }: Part): Buffer {
  const { bits, width, height } = tiff;
  const rowBytes = Math.ceil((columns * bands.length * bits) / 8);
  const block = Buffer.alloc(rowBytes * rows);
  for (let y = 0; y < rows; y++) {
    const row = block.subarray(y * rowBytes, (y + 1) * rowBytes);
    for (let x = 0; x < columns; x++) {
      for (const [slot, band] of bands.entries()) {
        if (left + x >= width || top + y >= height) continue;
        putSample(row, x * bands.length + slot, tiff.sample(left + x, top + y, band), tiff);
      }
    }
    if (tiff.predictor === 2) toDifferences(row, bands.length, tiff);
    if (tiff.predictor === 3) toByteDifferences(row, bands.length, tiff);
  }
  return block;
}

function putSample(
  row: Buffer,
  index: number,
  value: number,
  { bits, float, kind, bigEndian }: TinyTiff,
): void {
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  const at = (index * bits) / 8;
  if (float) {
    if (bits === 32) view.setFloat32(at, value, !bigEndian);
    else view.setFloat64(at, value, !bigEndian);
  } else if (bits === 8) view.setUint8(at, value);
  else if (bits === 16) view.setUint16(at, value, !bigEndian);
  else if (bits === 32) view.setUint32(at, value, !bigEndian);
  else if (bits === 64) {
    if (kind === 'int') view.setBigInt64(at, BigInt(value), !bigEndian);
    else view.setBigUint64(at, BigInt(value), !bigEndian);
  } else {
    for (let bit = 0; bit < bits; bit++) {
      const place = index * bits + bit;
      if ((value >> (bits - 1 - bit)) & 1) row[place >> 3]! |= 0x80 >> (place & 7);
    }
  }
}

/** TIFF 6.0, section 14. */
function toDifferences(row: Buffer, stride: number, { bits, bigEndian }: TinyTiff): void {
  const bytes = bits / 8;
  const read = (index: number) =>
    bigEndian ? row.readUIntBE(index * bytes, bytes) : row.readUIntLE(index * bytes, bytes);
  for (let index = row.length / bytes - 1; index >= stride; index--) {
    const difference = (read(index) - read(index - stride) + 2 ** bits) % 2 ** bits;
    if (bigEndian) row.writeUIntBE(difference, index * bytes, bytes);
    else row.writeUIntLE(difference, index * bytes, bytes);
  }
}

/** TIFF Technical Note 3: the bytes of floats sorted by their place, the highest first, then differences. */
function toByteDifferences(row: Buffer, stride: number, { bits, bigEndian }: TinyTiff): void {
  const bytes = bits / 8;
  const count = row.length / bytes;
  const copy = Buffer.from(row);
  for (let index = 0; index < count; index++)
    for (let byte = 0; byte < bytes; byte++)
      row[byte * count + index] = copy[index * bytes + (bigEndian ? byte : bytes - 1 - byte)]!;
  for (let at = row.length - 1; at >= stride; at--) row[at]! -= row[at - stride]!;
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
