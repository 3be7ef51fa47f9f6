import { UserError } from '../../../base/errors.js';
import type { ByteRange } from './byte-range.js';

/** What the boxes of a JP2 file (ISO/IEC 15444-1, annex I) say beside the codestream. */
export interface Jp2Boxes {
  readonly codestream: { readonly offset: number; readonly length: number };
  /** Component that is opacity. */
  readonly alpha?: number;
  /** A GeoTIFF without pixels that says where the image lies (GeoJP2). */
  readonly geoTiff?: Uint8Array;
  /** GML in JPEG 2000 (OGC 05-047). */
  readonly gml?: string;
}

const geoJp2 = 'b14bf8bd083d4b43a5ae8cd7d5a6ce03';
/** Boxes read whole; what is larger is not needed. */
const mostBytes = 2 ** 24;

interface Found {
  codestream?: Jp2Boxes['codestream'];
  alpha?: number;
  geoTiff?: Uint8Array;
  gml?: string;
}

/**
 * @returns the codestream alone where a file is one without boxes
 * @throws UserError when there is none, or colours are kept in a palette
 */
export async function readBoxes(bytes: ByteRange): Promise<Jp2Boxes> {
  const start = await bytes.read(0, 4);
  if (start[0] === 0xff) return { codestream: { offset: 0, length: bytes.length } };
  const found: Found = {};
  await walk(bytes, 0, bytes.length, found);
  const { codestream, ...rest } = found;
  if (!codestream) throw new UserError(`${bytes.name} cannot be read: it holds no JPEG 2000 codestream.`);
  return { codestream, ...rest };
}

async function walk(bytes: ByteRange, from: number, to: number, found: Found): Promise<void> {
  for (let at = from; at + 8 <= to; ) {
    const head = Buffer.from(await bytes.read(at, 8));
    const type = head.toString('latin1', 4);
    let [length, skip] = [head.readUInt32BE(0), 8];
    if (length === 1) {
      length = Number(Buffer.from(await bytes.read(at + 8, 8)).readBigUInt64BE());
      skip = 16;
    }
    if (length === 0) length = to - at;
    if (length < skip) return;
    const [start, end] = [at + skip, Math.min(at + length, to)];
    if (type === 'jp2c') found.codestream ??= { offset: start, length: end - start };
    else if (type === 'jp2h' || type === 'asoc') await walk(bytes, start, end, found);
    else if (end - start <= mostBytes)
      await take(type, Buffer.from(await bytes.read(start, end - start)), bytes, found);
    at += length;
  }
}

async function take(type: string, data: Buffer, { name }: ByteRange, found: Found): Promise<void> {
  if (type === 'pclr')
    throw new UserError(
      `${name} keeps its colours in a palette, which is not supported. Convert it, e.g. gdal_translate -expand rgb.`,
    );
  if (type === 'cdef') {
    for (let at = 2; at + 6 <= data.length; at += 6)
      if ([1, 2].includes(data.readUInt16BE(at + 2))) found.alpha = data.readUInt16BE(at);
  }
  if (type === 'uuid' && data.toString('hex', 0, 16) === geoJp2) found.geoTiff = data.subarray(16);
  if (type === 'xml ' && data.includes('RectifiedGrid')) found.gml = data.toString('utf8');
}
