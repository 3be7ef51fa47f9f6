import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import type { Box } from '../../../src/boxes/box.js';
import { applyAffine } from '../../../src/geo/affine.js';
import { systemOfPlace } from '../../../src/geo/georeference.js';
import { unprojectFrom } from '../../../src/geo/projection.js';
import { refuseOtherFormats } from '../../../src/image/formats/allowed-formats.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { geoKeys, tags, tinyTiff } from '../raster/tiny-tiff.js';
import { convertByGdal } from './convert-by-gdal.js';
import { box, jp2 } from './write-jpeg2000.js';

const [width, height] = [300, 200];
const sample = (x: number, y: number, band: number) => (x * (band + 1) + 3 * y) % 251;
const placed = {
  doubles: { [tags.pixelScale]: [10, 10, 0], [tags.tiepoint]: [0, 0, 0, 500000, 5000000, 0] },
  shorts: { [tags.geoKeys]: geoKeys(32631) },
};
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-formats-'));
  await writeFile(at('scene.tif'), tinyTiff({ width, height, bands: 3, bits: 8, sample, ...placed }));
});

afterEach(() => {
  delete process.env.VIL_SAFE_FORMATS;
});

/** Reads windows, whole and shrunk, and compares each pixel with what was written. */
async function expectScene(path: string, factor = 1): Promise<void> {
  const source = await openRaster(path);
  try {
    expect([source.width, source.height, source.bands]).toEqual([width, height, 3]);
    const windows: Box[] = [
      { left: 0, top: 0, width, height },
      { left: 120, top: 60, width: 150, height: 90 },
    ];
    for (const window of windows) {
      const tile = await source.read(window, { bands: [2, 0] });
      for (const [index, band] of [2, 0].entries()) {
        const { samples, offset, step, rowStep } = tile.planes[index]!;
        for (const [x, y] of [
          [0, 0],
          [70, 80],
          [window.width - 1, window.height - 1],
        ] as const)
          expect(samples[offset + y * rowStep + x * step]).toBe(
            factor * sample(window.left + x, window.top + y, band),
          );
      }
    }
    const small = await source.read(windows[0]!, { size: { width: 100, height: 50 } });
    expect([small.width, small.height, small.planes[0]!.samples.length >= 5000]).toEqual([100, 50, true]);
    expect(applyAffine(source.georeference!.transform, 0, 0)).toEqual([500000, 5000000]);
    expect(applyAffine(source.georeference!.transform, 300, 200)).toEqual([503000, 4998000]);
    // Some formats keep the system, not its code.
    const [longitude, latitude] = unprojectFrom(systemOfPlace(source.georeference!)!, path)(500000, 5000000);
    expect(longitude).toBeCloseTo(3, 7);
    expect(latitude).toBeCloseTo(45.1534772, 7);
  } finally {
    await source.close();
  }
}

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setDecompositions(count: number): void;
  setQuality(isLossless: boolean, quality: number): void;
  encode(): void;
  delete(): void;
}

const tileSide = 128;

/** Samples of an image that is encoded: three bands of 8 bits, or one of 16 (the encoder crashes on three of those). */
interface Kind {
  readonly bands: 1 | 3;
  readonly bits: 8 | 16;
}

/** One tile as an image of its own, lossless, by the encoder of the package that decodes it. */
async function encodeTile(left: number, top: number, { bands, bits }: Kind): Promise<Buffer> {
  const load = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs');
  const { J2KEncoder } = (await load({ print: () => undefined })) as { J2KEncoder: new () => Encoder };
  const encoder = new J2KEncoder();
  const [columns, rows] = [Math.min(tileSide, width - left), Math.min(tileSide, height - top)];
  const size = { width: columns, height: rows, componentCount: bands };
  const info = { ...size, bitsPerSample: bits, isSigned: false, isUsingColorTransform: false };
  const factor = bits === 8 ? 1 : 200;
  const pixels = Array.from({ length: columns * rows * bands }, (_, index) => {
    const pixel = Math.floor(index / bands);
    return factor * sample(left + (pixel % columns), top + Math.floor(pixel / columns), index % bands);
  });
  const typed = bits === 8 ? Uint8Array.from(pixels) : Uint16Array.from(pixels);
  encoder.getDecodedBuffer(info).set(new Uint8Array(typed.buffer));
  encoder.setDecompositions(4);
  encoder.setQuality(true, 0);
  encoder.encode();
  const bytes = Buffer.from(encoder.getEncodedBuffer());
  encoder.delete();
  return bytes;
}

/** JPEG 2000 in tiles. As their sides are a power of two, wavelets and blocks of a tile are those of an image of its own. */
async function jpeg2000(kind: Kind = { bands: 3, bits: 8 }): Promise<Buffer> {
  const parts: Buffer[] = [];
  let header: Buffer | undefined;
  for (let top = 0; top < height; top += tileSide) {
    for (let left = 0; left < width; left += tileSide) {
      const bytes = await encodeTile(left, top, kind);
      const start = bytes.indexOf(Buffer.from([0xff, 0x90]));
      header ??= Buffer.from(bytes.subarray(0, start));
      const part = Buffer.from(bytes.subarray(start, -2));
      part.writeUInt16BE((top / tileSide) * Math.ceil(width / tileSide) + left / tileSide, 4);
      parts.push(part);
    }
  }
  for (const [at, value] of [width, height, 0, 0, tileSide, tileSide, 0, 0].entries())
    header!.writeUInt32BE(value, 8 + 4 * at);
  return Buffer.concat([header!, ...parts, Buffer.from([0xff, 0xd9])]);
}

const gml = (pos: string, [right, down]: readonly string[], epsg: number) => `<?xml version="1.0"?>
<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><gml:FeatureCollection><gml:featureMember>
<gml:RectifiedGridCoverage><gml:rectifiedGridDomain><gml:RectifiedGrid dimension="2">
<gml:origin><gml:Point gml:id="P1" srsName="urn:ogc:def:crs:EPSG::${epsg}"><gml:pos>${pos}</gml:pos></gml:Point></gml:origin>
<gml:offsetVector srsName="urn:ogc:def:crs:EPSG::${epsg}">${right}</gml:offsetVector>
<gml:offsetVector srsName="urn:ogc:def:crs:EPSG::${epsg}">${down}</gml:offsetVector>
</gml:RectifiedGrid></gml:rectifiedGridDomain></gml:RectifiedGridCoverage></gml:featureMember></gml:FeatureCollection></gml:featureMember>
</gml:FeatureCollection>`;
const utmGml = gml('500005 4999995', ['10 0', '0 -10'], 32631);

describe('JPEG 2000', () => {
  it('reads windows in tiles, placed by GML as Sentinel-2 is', async () => {
    const xml = box('asoc', box('lbl ', Buffer.from('gml.data')), box('xml ', Buffer.from(utmGml)));
    await writeFile(at('gml.jp2'), jp2(xml, box('jp2c', await jpeg2000())));
    await expectScene(at('gml.jp2'));
  });

  it('reads 16 bits, and smaller copies from the wavelets', async () => {
    await writeFile(at('deep.jp2'), jp2(box('jp2c', await jpeg2000({ bands: 1, bits: 16 }))));
    const source = await openRaster(at('deep.jp2'));
    expect([source.bitDepth, source.bands, source.overviews.length]).toEqual([16, 1, 4]);
    expect(source.overviews[0]).toEqual({ width: 150, height: 100 });
    const [plane] = (await source.read({ left: 100, top: 100, width: 60, height: 60 })).planes;
    expect(plane!.samples[40 * 60 + 50]).toBe(200 * sample(150, 140, 0));
    // A smooth ramp halved by wavelets stays close to itself.
    const window = { left: 0, top: 0, width: 120, height: 80 };
    const half = await source.read(window, { size: { width: 60, height: 40 } });
    expect(Math.abs(half.planes[0]!.samples[10 * 60 + 20]! - 200 * sample(40, 20, 0))).toBeLessThan(300);
    await source.close();
  });

  it('names a place of its own that is damaged', async () => {
    const damaged = jp2(
      box('asoc', box('xml ', Buffer.from(utmGml.slice(0, -9)))),
      box('jp2c', await jpeg2000()),
    );
    await writeFile(at('damaged-gml.jp2'), damaged);
    await expect(openRaster(at('damaged-gml.jp2'))).rejects.toThrow(
      /^The GML in .*damaged-gml\.jp2, line \d+: not XML/,
    );
    const uuid = Buffer.from('b14bf8bd083d4b43a5ae8cd7d5a6ce03', 'hex');
    const cut = tinyTiff({ width: 1, height: 1, bands: 1, bits: 8, sample: () => 0, ...placed }).subarray(
      0,
      40,
    );
    await writeFile(at('damaged-geo.jp2'), jp2(box('uuid', uuid, cut), box('jp2c', await jpeg2000())));
    const error = await openRaster(at('damaged-geo.jp2')).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('The GeoTIFF in');
  });

  it('takes places from GeoJP2, and plain codestreams with a world file', async () => {
    const uuid = Buffer.from('b14bf8bd083d4b43a5ae8cd7d5a6ce03', 'hex');
    const degenerate = tinyTiff({ width: 1, height: 1, bands: 1, bits: 8, sample: () => 0, ...placed });
    await writeFile(at('geo.jp2'), jp2(box('uuid', uuid, degenerate), box('jp2c', await jpeg2000())));
    await expectScene(at('geo.jp2'));
    await writeFile(at('plain.j2k'), await jpeg2000());
    await writeFile(at('plain.wld'), '10\n0\n0\n-10\n500005\n4999995\n');
    await writeFile(at('plain.prj'), utm31);
    await expectScene(at('plain.j2k'));
  });

  it('names what is cut short, damaged or no image', async () => {
    const whole = jp2(box('jp2c', await jpeg2000()));
    await writeFile(at('cut.jp2'), whole.subarray(0, whole.length / 2));
    await expect(openRaster(at('cut.jp2'))).rejects.toThrow(/cut\.jp2 cannot be read: it is cut short/);
    await writeFile(at('empty.jp2'), jp2());
    await expect(openRaster(at('empty.jp2'))).rejects.toThrow(/empty\.jp2 cannot be read: it holds no/);
    await expect(openRaster(at('geo.jp2'), { pixelLimit: 1000 })).rejects.toThrow(
      /more than the limit of 1000/,
    );
  });

  it('finds the image of a Sentinel-2 product by its folder', async () => {
    const product = at('S2A_MSIL2A_20260101T000000_N0500_R000_T31TGL_20260101T000000.SAFE');
    const images = join(product, 'GRANULE', 'L2A_T31TGL', 'IMG_DATA', 'R10m');
    await mkdir(images, { recursive: true });
    await expect(openRaster(product)).rejects.toThrow(/holds neither a true-colour image/);
    const xml = box('asoc', box('xml ', Buffer.from(utmGml)));
    const bytes = jp2(xml, box('jp2c', await jpeg2000()));
    for (const name of ['T31TGL_B02_10m.jp2', 'T31TGL_TCI_10m.jp2'])
      await writeFile(join(images, name), bytes);
    await writeFile(join(product, 'MTD_MSIL2A.xml'), '<x/>');
    await expectScene(product);
    await expectScene(join(product, 'MTD_MSIL2A.xml'));
  });
});

const utm31 =
  'PROJCS["WGS 84 / UTM zone 31N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],' +
  'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",3],' +
  'PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","32631"]]';

describe('formats that GDAL reads', () => {
  it.each([
    ['HFA', 'img'],
    ['PCIDSK', 'pix'],
    ['BMP', 'bmp'],
    ['ENVI', 'dat'],
    ['GPKG', 'gpkg', '-co', 'TILE_FORMAT=PNG'],
    ['NITF', 'ntf', '-co', 'ICORDS=N'],
  ])('%s', async (driver, ending, ...options) => {
    await convertByGdal(at('scene.tif'), at(`scene.${ending}`), ['-of', driver, ...options]);
    await expectScene(at(`scene.${ending}`));
  });

  it('VRT, which names other files', async () => {
    const bands = [1, 2, 3].map(
      (
        band,
      ) => `<VRTRasterBand dataType="Byte" band="${band}"><SimpleSource><SourceFilename relativeToVRT="1">../scene.tif</SourceFilename>
        <SourceBand>${band}</SourceBand></SimpleSource></VRTRasterBand>`,
    );
    await mkdir(at('inner'), { recursive: true });
    const vrt = (
      source: string,
    ) => `<VRTDataset rasterXSize="${width}" rasterYSize="${height}"><SRS>${utm31.replaceAll('"', '&quot;')}</SRS>
      <GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>${bands.join('').replaceAll('../scene.tif', source)}</VRTDataset>`;
    await writeFile(at('inner/scene.vrt'), vrt('../scene.tif'));
    await expectScene(at('inner/scene.vrt'));
    await writeFile(at('inner/lost.vrt'), vrt('../lost.tif'));
    const lost = await openRaster(at('inner/lost.vrt'));
    await expect(lost.read({ left: 0, top: 0, width: 8, height: 8 })).rejects.toThrow(
      /lost\.vrt cannot be read/,
    );
    await lost.close();
  });

  it('are not opened in a process that reads safe formats only', async () => {
    refuseOtherFormats();
    for (const name of ['inner/scene.vrt', 'scene.img', 'scene.bmp', 'scene.gpkg', 'scene.dat'])
      await expect(openRaster(at(name))).rejects.toThrow(/is not an image|not a|cannot be read|format/);
  });

  it('says what an ENVI header is for', async () => {
    await expect(openRaster(at('scene.hdr'))).rejects.toThrow(
      /the header of an ENVI image: give the file beside it/,
    );
  });
});

describe('files beside images', () => {
  const image = async (name: string, orientation?: number) => {
    const raw = { width: 40, height: 20, channels: 3 as const };
    const pipeline = sharp(Buffer.alloc(40 * 20 * 3, 90), { raw });
    await writeFile(
      at(name),
      await (orientation ? pipeline.withMetadata({ orientation }) : pipeline)
        .toFormat(name.endsWith('png') ? 'png' : 'jpeg')
        .toBuffer(),
    );
  };
  const worldFile = '10\n0\n0\n-10\n500005\n4999995\n';

  it.each([
    ['a.jpg', 'a.jgw'],
    ['b.png', 'b.pgw'],
    ['c.jpg', 'c.wld'],
    ['d.jpeg', 'd.jpegw'],
    ['e.png', 'e.PGW'],
  ])('%s is placed by %s and a .prj', async (name, world) => {
    await image(name);
    await writeFile(at(world), worldFile);
    await writeFile(at(`${name.split('.')[0]}.prj`), utm31);
    const { georeference } = await openRaster(at(name));
    expect(georeference).toMatchObject({
      epsg: 32631,
      transform: { a: 10, b: 0, c: 500000, d: 0, e: -10, f: 5000000 },
    });
  });

  it('speaks of a JPEG as it is stored, not as EXIF turns it', async () => {
    await image('turned.jpg', 6);
    await writeFile(at('turned.jgw'), worldFile);
    const source = await openRaster(at('turned.jpg'));
    expect([source.width, source.height]).toEqual([20, 40]);
    // The upright image's upper left corner is the lower left one as stored.
    expect(applyAffine(source.georeference!.transform, 0, 0)).toEqual([500000, 4999800]);
    expect(applyAffine(source.georeference!.transform, 20, 40)).toEqual([500400, 5000000]);
  });

  it('takes .aux.xml before what the image says, and a world file after', async () => {
    const tiff = (more = {}) =>
      tinyTiff({ width: 8, height: 8, bands: 1, bits: 8, sample: () => 9, ...more });
    await writeFile(at('own.tif'), tiff(placed));
    await writeFile(at('own.tfw'), worldFile.replace('500005', '900005'));
    expect((await openRaster(at('own.tif'))).georeference!.transform.c).toBe(500000);
    const srs = `<SRS dataAxisToSRSAxisMapping="1,2">${utm31.replace('32631', '32632').replaceAll('"', '&quot;')}</SRS>`;
    await writeFile(
      at('own.tif.aux.xml'),
      `<PAMDataset>${srs}<GeoTransform> 7.0e+05, 1.0e+01, 0, 5.0e+06, 0, -1.0e+01</GeoTransform></PAMDataset>`,
    );
    expect((await openRaster(at('own.tif'))).georeference).toMatchObject({
      epsg: 32632,
      transform: { c: 700000 },
    });
    await writeFile(at('own.tif.aux.xml'), `<PAMDataset>${srs}<"GeoTransform></PAMDataset>`);
    await expect(openRaster(at('own.tif'))).rejects.toThrow(/own\.tif\.aux\.xml, line 1: not XML/);
    await writeFile(at('bare.tif'), tiff());
    await writeFile(at('bare.tfw'), worldFile);
    expect((await openRaster(at('bare.tif'))).georeference!.transform.c).toBe(500000);
    await writeFile(at('bare.tfw'), 'no numbers');
    await expect(openRaster(at('bare.tif'))).rejects.toThrow(/bare\.tfw is no world file/);
  });

  it('reads rational polynomials beside an image, at the height given', async () => {
    const coefficients = (name: string, ...values: number[]) =>
      Array.from({ length: 20 }, (_, index) => `${name}_${index + 1}: ${values[index] ?? 0}`).join('\n');
    const text = `LINE_OFF: 4 pixels\nSAMP_OFF: 4 pixels\nLAT_OFF: 45 degrees\nLONG_OFF: 10 degrees\nHEIGHT_OFF: 300 meters
LINE_SCALE: 4 pixels\nSAMP_SCALE: 4 pixels\nLAT_SCALE: 0.1 degrees\nLONG_SCALE: 0.2 degrees\nHEIGHT_SCALE: 500 meters
${coefficients('LINE_NUM_COEFF', 0, 0, -1)}\n${coefficients('LINE_DEN_COEFF', 1)}
${coefficients('SAMP_NUM_COEFF', 0, 1, 0, -0.05)}\n${coefficients('SAMP_DEN_COEFF', 1)}\n`;
    await writeFile(at('sat.tif'), tinyTiff({ width: 8, height: 8, bands: 1, bits: 8, sample: () => 9 }));
    await writeFile(at('sat_RPC.TXT'), text);
    const mean = (await openRaster(at('sat.tif'))).georeference!;
    const high = (await openRaster(at('sat.tif'), { height: 800 })).georeference!;
    expect(mean.epsg).toBe(4326);
    expect(applyAffine(mean.transform, 4.5, 4.5)[0]).toBeCloseTo(10, 9);
    expect(applyAffine(high.transform, 4.5, 4.5)[0]).toBeCloseTo(10.01, 9);
  });
});

it('leaves nothing behind in the folder of the scene', async () => {
  const { readdir } = await import('node:fs/promises');
  const names = await readdir(at('inner'));
  expect(names.sort()).toEqual(['lost.vrt', 'scene.vrt']);
  expect((await readFile(at('inner/scene.vrt'))).length).toBeGreaterThan(100);
});
