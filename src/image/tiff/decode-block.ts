import { getDecoder } from 'geotiff';
import type { Samples } from '../raster/raster-source.js';
import { decompressFax, decompressRows, openByVips } from './by-vips.js';
import { compressions } from './compressions.js';
import { inflateBlock, unzstdBlock } from './inflate.js';
import { decodeLerc } from './lerc.js';
import type { BlockShape } from './samples.js';
import { rowBytes, toSamples } from './samples.js';
import type { TiffLayout } from './tiff-layout.js';
import { photometrics } from './tiff-layout.js';

/**
 * Decodes a block of a TIFF into its samples: [rows, columns, bands], as they are stored, in the order of this machine.
 * @param block bytes that may be changed
 * @throws Error when it is damaged: where the compression has a checksum, that is checked
 */
export async function decodeBlock(
  block: Uint8Array,
  layout: TiffLayout,
  shape: BlockShape,
): Promise<Samples> {
  const { compression, bits } = layout;
  const bytesOfRow = rowBytes(shape, bits);
  const size = bytesOfRow * shape.rows;
  switch (compression) {
    case compressions.none:
      return toSamples(block, layout, shape, false);
    case compressions.packBits:
      return toSamples(
        await decompressRows(block, compression, bytesOfRow, shape.rows),
        layout,
        shape,
        false,
      );
    case compressions.lzw:
      return toSamples(await decompressRows(block, compression, bytesOfRow, shape.rows), layout, shape, true);
    case compressions.deflate:
    case compressions.oldDeflate:
      return toSamples(await inflateBlock(block, size), layout, shape, true);
    case compressions.zstd:
      return toSamples(await unzstdBlock(block, size), layout, shape, true);
    case compressions.lerc:
      return decodeLerc(block, layout, shape);
    case compressions.jpeg:
      return decodeJpeg(block, layout, shape);
    case compressions.webp:
      return decodeWebp(block, shape);
    default:
      return decompressFax(block, compression, shape.columns, shape.rows, layout.faxOptions);
  }
}

/** A JPEG of one or three bands by libvips; of others, which it would take for CMYK, by geotiff.js. */
async function decodeJpeg(block: Uint8Array, layout: TiffLayout, shape: BlockShape): Promise<Samples> {
  const { jpegTables, photometric } = layout;
  if (shape.bands !== 1 && shape.bands !== 3) {
    const { blockWidth: tileWidth, blockHeight: tileHeight, bits: bitsPerSample } = layout;
    const parameters = { tileWidth, tileHeight, bitsPerSample, planarConfiguration: 1, predictor: 1 };
    const decoder = await getDecoder(compressions.jpeg, {
      ...parameters,
      JPEGTables: jpegTables,
    } as Parameters<typeof getDecoder>[1]);
    return new Uint8Array(await decoder.decode(block.slice().buffer));
  }
  const isRgb = shape.bands === 3 && photometric !== photometrics.ycbcr;
  const jpeg = wholeJpeg(block, jpegTables, isRgb);
  const image = openByVips(jpeg).toColourspace(shape.bands === 1 ? 'b-w' : 'srgb');
  return fitting(await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }), shape);
}

/** Says in Adobe's marker that three components are red, green and blue, which a JPEG cannot say otherwise. */
const rgbMarker = Buffer.from('ffee000e41646f626500640000000000', 'hex');

/** A JPEG with the tables that it shares with other blocks (TIFF Technical Note 2). */
function wholeJpeg(block: Uint8Array, tables: Uint8Array | undefined, isRgb: boolean): Buffer {
  const shared = tables && tables.length > 4 ? tables.subarray(2, -2) : new Uint8Array();
  const marker = isRgb ? rgbMarker : new Uint8Array();
  return Buffer.concat([block.subarray(0, 2), marker, shared, block.subarray(2)]);
}

async function decodeWebp(block: Uint8Array, shape: BlockShape): Promise<Samples> {
  const image = openByVips(block).toColourspace('srgb');
  const withBands = shape.bands === 4 ? image.ensureAlpha() : image.removeAlpha();
  return fitting(await withBands.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }), shape);
}

type Decoded = {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number; readonly channels: number };
};

/** Checks that what a block holds is what its image needs of it: at least as many rows, and just these columns. */
function fitting({ data, info }: Decoded, { columns, rows, bands }: BlockShape): Uint8Array {
  if (info.width === columns && info.height >= rows && info.channels === bands) return data;
  throw new Error(
    `a block holds ${info.width} x ${info.height} pixels of ${info.channels} bands instead of ${columns} x ${rows} of ${bands}`,
  );
}
