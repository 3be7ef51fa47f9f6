import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import type { Random } from '../../src/base/random.js';
import { integer } from '../../src/base/random.js';
import { decodeRgb } from '../../src/image/decode.js';
import { readHeader } from '../../src/image/header.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import type { RasterSource } from '../../src/image/raster/raster-source.js';
import { renderRgb } from '../../src/image/raster/render.js';
import { planStretch } from '../../src/image/raster/scaling.js';
import { box, jp2, jpeg2000 } from '../../test/image/formats/write-jpeg2000.js';
import { gradientImage, noisyJpeg } from '../../test/image/images.js';
import { tinyTiff } from '../../test/image/raster/tiny-tiff.js';
import type { FuzzInput, FuzzTarget, OpenTarget } from './target.js';
import { all, digest } from './target.js';

/** What a damaged header may ask for: more is refused, so that a case has bounded work. */
export const mostPixels = 2 ** 21;
const mostSide = 512;

/** Reads a scene as detection does: scaled, all of it where it is small, a window drawn from it otherwise. */
export async function readScene(source: RasterSource, random: Random): Promise<string> {
  const { width, height, bands, colourBands, bitDepth, georeference, overviews } = source;
  const side = { width: Math.min(width, mostSide), height: Math.min(height, mostSide) };
  const window = {
    left: integer(random, width - side.width + 1),
    top: integer(random, height - side.height + 1),
    ...side,
  };
  const tile = await source.read(window, { bands: colourBands });
  const stretch = await planStretch(source, colourBands, undefined);
  const { data, missing } = renderRgb(tile, stretch);
  return digest([width, height, bands, bitDepth, georeference, overviews, stretch], data, missing ?? null);
}

/** Opens, reads and closes a scene. */
export async function readFromPlace(place: string, random: Random): Promise<string> {
  const source = await openRaster(place, { pixelLimit: mostPixels });
  try {
    return await readScene(source, random);
  } finally {
    await source.close();
  }
}

/** Images through both doors: as bytes to be classified, and as a file that is a scene. */
export function imageTarget(inputs: readonly FuzzInput[], folder: string, ending: string): FuzzTarget {
  const path = join(folder, `image.${ending}`);
  return {
    inputs,
    async read(bytes, _input, random) {
      await writeFile(path, bytes);
      const [decoded, scene] = await Promise.all([
        said(async () => {
          const header = await readHeader(bytes, { pixelLimit: mostPixels });
          const { data, width, height } = await decodeRgb(bytes, { header });
          return digest([width, height], data);
        }),
        said(() => readFromPlace(path, random)),
      ]);
      // Where both refuse it, it is refused.
      if (decoded.error && scene.error) throw decoded.error;
      return `${decoded.result ?? 'refused'} ${scene.result ?? 'refused'}`;
    },
    // One door may refuse what the other does not look at.
    isWithin(whole, found) {
      const parts = whole.split(' ');
      return found.split(' ').every((part, index) => part === 'refused' || part === parts[index]);
    },
  };
}

async function said(read: () => Promise<string>): Promise<{ result?: string; error?: UserError }> {
  try {
    return { result: await read() };
  } catch (error) {
    if (error instanceof UserError) return { error };
    throw error;
  }
}

export const openJpeg: OpenTarget = async (folder) => {
  const image = gradientImage(90, 70);
  const inputs = [
    { name: 'noise', bytes: await noisyJpeg(60, 40) },
    { name: 'progressive', bytes: await image.clone().jpeg({ progressive: true }).toBuffer() },
    { name: 'cmyk', bytes: await image.clone().toColourspace('cmyk').jpeg().toBuffer() },
    { name: 'exif', bytes: await image.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer() },
    { name: 'restart', bytes: await image.clone().greyscale().jpeg({ optimiseCoding: false }).toBuffer() },
  ];
  return imageTarget(inputs, folder, 'jpg');
};

export const openPng: OpenTarget = async (folder) => {
  const image = gradientImage(90, 70);
  const plain: [string, Buffer][] = [
    ['rgb', await image.clone().png().toBuffer()],
    ['interlaced', await image.clone().png({ progressive: true }).toBuffer()],
    ['palette', await image.clone().png({ palette: true, colours: 16 }).toBuffer()],
    ['alpha', await image.clone().ensureAlpha(0.5).png().toBuffer()],
    ['deep', await image.clone().toColourspace('rgb16').png().toBuffer()],
    ['profile', await image.clone().withIccProfile('p3').png().toBuffer()],
    ['exif', await image.clone().withMetadata({ orientation: 6 }).png().toBuffer()],
  ];
  return imageTarget(
    plain.map(([name, bytes]) => ({ name, bytes, sealed: all(bytes) })),
    folder,
    'png',
  );
};

export const openWebp: OpenTarget = async (folder) => {
  const image = gradientImage(90, 70);
  const inputs = [
    { name: 'lossy', bytes: await image.clone().webp().toBuffer() },
    { name: 'lossless', bytes: await image.clone().webp({ lossless: true }).toBuffer() },
    { name: 'alpha', bytes: await image.clone().ensureAlpha(0.5).webp().toBuffer() },
  ];
  return imageTarget(inputs, folder, 'webp');
};

export const openOtherImages: OpenTarget = async (folder) => {
  const image = gradientImage(64, 48);
  const inputs = [
    { name: 'gif', bytes: await image.clone().gif().toBuffer() },
    { name: 'avif', bytes: await image.clone().avif({ effort: 0 }).toBuffer() },
    {
      name: 'svg',
      bytes: Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="3"/></svg>',
      ),
    },
  ];
  return imageTarget(inputs, folder, 'img');
};

export const openJpeg2000: OpenTarget = async (folder) => {
  const [width, height] = [70, 50];
  const samples = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 7) % 251);
  const rgb = await jpeg2000({ width, height, bands: 3, bits: 8 }, samples);
  const gml =
    '<gml:RectifiedGrid srsName="urn:ogc:def:crs:EPSG::32631"><gml:origin><gml:pos>500005 4999995</gml:pos></gml:origin>' +
    '<gml:offsetVector>10 0</gml:offsetVector><gml:offsetVector>0 -10</gml:offsetVector></gml:RectifiedGrid>';
  const geoJp2 = Buffer.from('b14bf8bd083d4b43a5ae8cd7d5a6ce03', 'hex');
  const place = { 33550: [10, 10, 0], 33922: [0, 0, 0, 500_000, 5_000_000, 0] };
  const degenerate = tinyTiff({ width: 1, height: 1, bands: 1, bits: 8, sample: () => 0, doubles: place });
  const inputs = [
    { name: 'rgb', bytes: rgb },
    { name: 'placed by GML', bytes: jp2(box('asoc', box('xml ', Buffer.from(gml))), box('jp2c', rgb)) },
    { name: 'placed by GeoJP2', bytes: jp2(box('uuid', geoJp2, degenerate), box('jp2c', rgb)) },
    {
      name: 'deep',
      bytes: await jpeg2000({ width, height, bands: 1, bits: 16 }, samples.slice(0, 2 * width * height)),
    },
  ];
  return imageTarget(inputs, folder, 'jp2');
};
