import { compressions } from './compressions.js';
import type { OpenTiff } from './open-tiff.js';
import { photometrics } from './tiff-layout.js';

/** Without checksums: libtiff stops before it comes to zlib's, so that damage would go by unseen. */
const withoutChecksum: ReadonlySet<number> = new Set([
  compressions.none,
  compressions.lzw,
  compressions.jpeg,
  compressions.packBits,
]);

/** Whether libvips makes the same image of a TIFF as this reader does, and faster. */
export function suitsVips(tiff: OpenTiff): boolean {
  const { image, layout, mask, roles, colourMap, nodata, isOriented, isSparse } = tiff;
  const { bits, kind, bands, photometric, compression } = layout;
  const isTogether = image.planarConfiguration === 1 && !isSparse;
  const isPlain = bits === 8 && kind === 'uint' && !mask && roles.alpha === undefined;
  if (!isPlain || !isTogether || isOriented || !withoutChecksum.has(compression)) return false;
  if (bands === 3) return photometric === photometrics.rgb || photometric === photometrics.ycbcr;
  if (bands !== 1 || layout.extraSamples.length > 0) return false;
  // Codes of a palette, not colours, are what nodata is compared with.
  if (photometric === photometrics.palette) return nodata === undefined;
  return photometric === photometrics.blackIsZero && !colourMap;
}
