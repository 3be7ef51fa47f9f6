import { UserError } from '../../base/errors.js';

/** Values of the tag Compression that are read: TIFF 6.0, its supplements, and what GDAL and libtiff added. */
export const compressions = {
  none: 1,
  ccittRle: 2,
  ccittFax3: 3,
  ccittFax4: 4,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  oldDeflate: 32946,
  lerc: 34887,
  zstd: 50000,
  webp: 50001,
} as const;

const known: ReadonlySet<number> = new Set(Object.values(compressions));

/** What others are called, to name them to people. */
const names: Readonly<Record<number, string>> = {
  6: 'JPEG of the old style',
  9: 'JBIG',
  10: 'JBIG',
  32771: 'CCITT RLE of words',
  32809: 'ThunderScan',
  33003: 'JPEG 2000',
  33004: 'JPEG 2000',
  33005: 'JPEG 2000',
  34661: 'JBIG',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv',
  34712: 'JPEG 2000',
  34892: 'lossy JPEG of DNG',
  34925: 'LZMA',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** @throws UserError naming a compression that is not read, and the way out */
export function checkCompression(name: string, compression: number, bits: number): void {
  const isDeepJpeg = compression === compressions.jpeg && bits !== 8;
  if (known.has(compression) && !isDeepJpeg) return;
  const what = isDeepJpeg ? `JPEG of ${bits} bits` : (names[compression] ?? 'a method unknown here');
  throw new UserError(
    `${name} may be sound, but it is compressed with ${what} (${compression}), which is not read here. ` +
      'Rewrite it, e.g. gdal_translate -co COMPRESS=DEFLATE in.tif out.tif.',
    { status: 415 },
  );
}
