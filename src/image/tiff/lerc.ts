import { decode, load } from 'lerc';
import type { Samples } from '../raster/raster-source.js';
import { inflateBlock, unzstdBlock } from './inflate.js';
import type { BlockShape } from './samples.js';
import { swapBytes } from './samples.js';
import type { TiffLayout } from './tiff-layout.js';

const additions = { deflate: 1, zstd: 2 } as const;

/** More than the header and the checksum of a LERC blob beside its pixels. */
const blobBytes = 2 ** 16;

let loading: Promise<void> | undefined;

/**
 * Decodes a block of LERC (Esri's specification 2.x) with its own mask: of floats, what is not valid is NaN; of integers whose
 * last band is not in the blob, the mask is that band, as libtiff writes alpha.
 */
export async function decodeLerc(block: Uint8Array, layout: TiffLayout, shape: BlockShape): Promise<Samples> {
  loading ??= load();
  await loading;
  const most = (shape.columns * shape.rows * shape.bands * layout.bits) / 4 + blobBytes;
  const blob =
    layout.lercAddition === additions.deflate
      ? await inflateBlock(block, most)
      : layout.lercAddition === additions.zstd
        ? await unzstdBlock(block, most)
        : block;
  const { width, height, depthCount, pixels, mask } = decode(blob.slice().buffer, {
    returnInterleaved: true,
  });
  const isAlphaApart = depthCount === shape.bands - 1 && layout.kind === 'uint';
  if (width !== shape.columns || height < shape.rows || !(depthCount === shape.bands || isAlphaApart))
    throw new Error(`a block of LERC holds ${width} x ${height} pixels of ${depthCount} bands`);
  const samples = pixels[0]! as Samples;
  // libtiff compresses the bytes of a big-endian file as they are, as if they were this machine's.
  if (!layout.isLittleEndian)
    swapBytes(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), layout.bits);
  if (isAlphaApart) return withAlpha(samples, mask, depthCount);
  if (mask && layout.kind === 'float') {
    for (let at = 0; at < samples.length; at++) {
      if (mask[Math.floor(at / depthCount)] === 0) samples[at] = Number.NaN;
    }
  }
  return samples;
}

function withAlpha(samples: Samples, mask: Uint8Array | null, depth: number): Samples {
  const pixels = samples.length / depth;
  const all = new (samples.constructor as new (length: number) => Samples)(pixels * (depth + 1));
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let band = 0; band < depth; band++) all[pixel * (depth + 1) + band] = samples[pixel * depth + band]!;
    all[pixel * (depth + 1) + depth] = mask && mask[pixel] === 0 ? 0 : 255;
  }
  return all;
}
