import type { ByteSource } from '../raster/byte-source.js';
import { rasterError } from '../raster/read-error.js';

/** Bytes of a value of each type of tag: TIFF 6.0, section 2, and BigTIFF. */
const valueBytes: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 },
  ...{ 16: 8, 17: 8, 18: 8 },
};

/** Images in a file. Scenes have one and some smaller copies of it. */
const mostDirectories = 4096;

/** Bytes of the values of a tag, where the size of the file is not known. */
const mostValueBytes = 2 ** 30;

/** The numbers of a TIFF's structure, in its byte order. */
interface Layout {
  readonly isLittle: boolean;
  readonly isBig: boolean;
}

/**
 * Walks through the directories of a TIFF before anything believes what they say.
 *
 * geotiff.js allocates what a tag says it holds, and follows directories for ever that form a ring.
 * @throws UserError naming the file, when values would lie beyond its end, or there is no end of directories
 */
export async function checkDirectories(name: string, bytes: ByteSource): Promise<void> {
  try {
    await walk(bytes);
  } catch (cause) {
    throw rasterError(name, cause);
  }
}

async function walk(bytes: ByteSource): Promise<void> {
  const header = await readWhole(bytes, 0, 16);
  const isLittle = header.getUint8(0) === 0x49;
  const layout: Layout = { isLittle, isBig: header.getUint16(2, isLittle) === 43 };
  let offset = layout.isBig ? bigNumber(header, 8, isLittle) : header.getUint32(4, isLittle);
  const seen = new Set<number>();
  while (offset !== 0) {
    if (seen.has(offset)) throw new Error('its directories form a ring');
    if (seen.size === mostDirectories) throw new Error(`it has more than ${mostDirectories} images`);
    seen.add(offset);
    offset = await checkDirectory(bytes, offset, layout);
  }
}

/** @returns where the next directory is, 0 after the last */
async function checkDirectory(
  bytes: ByteSource,
  offset: number,
  { isLittle, isBig }: Layout,
): Promise<number> {
  const [countBytes, entryBytes, numberBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  const number = (view: DataView, at: number) =>
    isBig ? bigNumber(view, at, isLittle) : view.getUint32(at, isLittle);
  const start = await readWhole(bytes, offset, countBytes);
  const count = isBig ? bigNumber(start, 0, isLittle) : start.getUint16(0, isLittle);
  // As many as a classic TIFF can have.
  if (count > 65_535) throw new Error(`a directory speaks of ${count} tags`);
  const entries = await readWhole(bytes, offset + countBytes, count * entryBytes + numberBytes);
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const length = (valueBytes[entries.getUint16(at + 2, isLittle)] ?? 0) * number(entries, at + 4);
    if (length <= numberBytes) continue;
    const from = number(entries, at + 4 + numberBytes);
    if (from + length <= Math.min(bytes.size, from + mostValueBytes)) continue;
    const tag = entries.getUint16(at, isLittle);
    throw new Error(`tag ${tag} speaks of ${length} bytes at byte ${from}, the file has ${bytes.size}`);
  }
  return number(entries, count * entryBytes);
}

async function readWhole(bytes: ByteSource, offset: number, length: number): Promise<DataView> {
  if (offset + length > bytes.size)
    throw new Error(`a directory lies beyond the end of its ${bytes.size} bytes`);
  const read = await bytes.read(offset, length);
  if (read.length < length) throw new Error(`a directory at byte ${offset} is cut short`);
  return new DataView(read.buffer, read.byteOffset, length);
}

function bigNumber(view: DataView, at: number, isLittle: boolean): number {
  return Number(view.getBigUint64(at, isLittle));
}
