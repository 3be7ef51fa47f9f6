import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { gradientImage } from '../../test/image/images.js';
import type { TinyTiff } from '../../test/image/raster/tiny-tiff.js';
import { tinyTiff } from '../../test/image/raster/tiny-tiff.js';
import type { Span } from './damage.js';
import { imageTarget, readFromPlace } from './images.js';
import { smallTiffs } from './small-tiffs.js';
import type { FuzzInput, OpenTarget } from './target.js';

const deflate = (block: Buffer) => deflateSync(block);
const plain = {
  width: 70,
  height: 50,
  bands: 3,
  bits: 8,
  sample: (x, y, band) => (5 * x + 3 * y + 70 * band) % 256,
} as const satisfies TinyTiff;
const grey = { ...plain, bands: 1 } as const satisfies TinyTiff;

/** Where the blocks of the first image of a classic little-endian TIFF lie. */
function blockSpans(bytes: Buffer): Span[] {
  const directory = bytes.readUInt32LE(4);
  const values = (tags: readonly number[]): number[] => {
    const count = bytes.readUInt16LE(directory);
    for (let at = directory + 2; at < directory + 2 + 12 * count; at += 12) {
      if (!tags.includes(bytes.readUInt16LE(at))) continue;
      const isShort = bytes.readUInt16LE(at + 2) === 3;
      const [size, length] = [isShort ? 2 : 4, bytes.readUInt32LE(at + 4)];
      const from = size * length <= 4 ? at + 8 : bytes.readUInt32LE(at + 8);
      return Array.from({ length }, (_, index) => bytes.readUIntLE(from + size * index, size));
    }
    throw new Error('the TIFF has no such tag');
  };
  const lengths = values([279, 325]);
  return values([273, 324]).map((from, index): Span => [from, from + lengths[index]!]);
}

function sealed(name: string, bytes: Buffer): FuzzInput {
  return { name, bytes, sealed: blockSpans(bytes) };
}

async function byVips(): Promise<FuzzInput[]> {
  const image = gradientImage(70, 50);
  const write = (compression: 'jpeg' | 'lzw' | 'webp' | 'packbits' | 'deflate', more: object = {}) =>
    image
      .clone()
      .tiff({ compression, tile: true, tileWidth: 32, tileHeight: 32, ...more })
      .toBuffer();
  return [
    { name: 'jpeg', bytes: await write('jpeg') },
    { name: 'lzw', bytes: await write('lzw', { tile: false, predictor: 'horizontal' }) },
    { name: 'webp', bytes: await write('webp') },
    { name: 'packbits', bytes: await write('packbits') },
    { name: 'bigtiff', bytes: await write('lzw', { bigtiff: true }) },
    sealed('deflate by vips', await write('deflate', { predictor: 'horizontal' })),
    {
      name: 'pyramid',
      bytes: await image
        .clone()
        .tiff({ pyramid: true, tile: true, tileWidth: 16, tileHeight: 16 })
        .toBuffer(),
    },
    {
      name: 'fax',
      bytes: await image
        .clone()
        .toColourspace('b-w')
        .threshold(128)
        .tiff({ compression: 'ccittfax4', bitdepth: 1 })
        .toBuffer(),
    },
  ];
}

function byHand(): FuzzInput[] {
  const place = { 33550: [10, 10, 0], 33922: [0, 0, 0, 500_000, 5_000_000, 0] };
  const keys = { 34735: [1, 1, 1, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32631] };
  const deep = { ...plain, bits: 16, sample: (x: number, y: number) => 300 * x + y } as const;
  const mask: TinyTiff = {
    ...grey,
    bits: 1,
    sample: (x) => Number(x > 20),
    photometric: 4,
    shorts: { 254: [4] },
  };
  return [
    { name: 'strips', bytes: tinyTiff({ ...plain, rows: 7 }) },
    { name: 'tiles, placed', bytes: tinyTiff({ ...plain, tile: 32, doubles: place, shorts: keys }) },
    { name: 'big-endian', bytes: tinyTiff({ ...deep, rows: 9, bigEndian: true }) },
    sealed('deflated strips', tinyTiff({ ...plain, rows: 9, deflate })),
    sealed('deflated tiles', tinyTiff({ ...plain, tile: 32, deflate, predictor: 2 })),
    sealed('planar, deflated', tinyTiff({ ...deep, tile: 32, deflate, isPlanar: true })),
    sealed(
      'floats',
      tinyTiff({ ...grey, bits: 32, float: true, sample: (x, y) => x / 8 - y, predictor: 3, deflate }),
    ),
    { name: '12 bits', bytes: tinyTiff({ ...grey, bits: 12, sample: (x, y) => (37 * x + y) % 4096 }) },
    { name: 'mask', bytes: tinyTiff({ ...plain, tile: 32, next: mask }) },
    {
      name: 'palette',
      bytes: tinyTiff({
        ...grey,
        bits: 4,
        sample: (x) => x % 16,
        photometric: 3,
        shorts: { 320: Array.from({ length: 48 }, (_, n) => n * 1000) },
      }),
    },
    { name: 'nodata', bytes: tinyTiff({ ...deep, texts: { 42113: '7' } }) },
  ];
}

/** TIFFs of every layout. */
async function tiffInputs(): Promise<FuzzInput[]> {
  const small = Object.entries(smallTiffs).map(([name, text]) => {
    const bytes = Buffer.from(text, 'base64');
    // Lerc has a checksum of its own; frames of Zstandard have none here.
    return name === 'lerc' ? sealed(name, bytes) : { name, bytes };
  });
  return [...byHand(), ...(await byVips()), ...small];
}

export const openTiffs: OpenTarget = async (folder) => imageTarget(await tiffInputs(), folder, 'tif');

/** The same behind a server that answers ranges as they are asked for. */
export const openRemoteTiffs: OpenTarget = async () => {
  let served: Buffer = Buffer.alloc(0);
  const server = createServer((request, response) => {
    if (!request.url!.startsWith('/scene-')) return response.writeHead(404).end();
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) return response.writeHead(200).end(served);
    const part = served.subarray(Number(from), Number(to) + 1);
    if (part.length === 0)
      return response.writeHead(416, { 'content-range': `bytes */${served.length}` }).end();
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${served.length}`;
    return response.writeHead(206, { 'content-range': range }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let count = 0;
  return {
    inputs: await tiffInputs(),
    read(bytes, _input, random) {
      served = bytes;
      return readFromPlace(`http://127.0.0.1:${port}/scene-${count++}.tif`, random);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

/** Files beside an image that say where it lies and which of its pixels there are. */
export const openSidecars: OpenTarget = async (folder) => {
  const image = join(folder, 'image.png');
  await writeFile(image, await gradientImage(40, 30).png().toBuffer());
  const rpc = ['LINE_OFF', 'SAMP_OFF', 'LAT_OFF', 'LONG_OFF', 'HEIGHT_OFF'].map((name) => `${name}: 10`);
  const scales = ['LINE_SCALE', 'SAMP_SCALE', 'LAT_SCALE', 'LONG_SCALE', 'HEIGHT_SCALE'].map(
    (name) => `${name}: 20`,
  );
  const coefficients = ['LINE_NUM', 'LINE_DEN', 'SAMP_NUM', 'SAMP_DEN'].flatMap((name, part) =>
    Array.from({ length: 20 }, (_, n) => `${name}_COEFF_${n + 1}: ${n === [1, 0, 2, 0][part] ? 1 : 0}`),
  );
  const wkt =
    'PROJCS["UTM 31N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",3],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","32631"]]';
  const aux = `<PAMDataset><SRS>${wkt.replaceAll('"', '&quot;')}</SRS><GeoTransform>5e5, 1e1, 0, 5e6, 0, -1e1</GeoTransform></PAMDataset>`;
  const gcps =
    '<PAMDataset><GCPList Projection="EPSG:4326"><GCP Id="1" Pixel="0" Line="0" X="3" Y="45"/><GCP Id="2" Pixel="40" Line="0" X="4" Y="45"/><GCP Id="3" Pixel="0" Line="30" X="3" Y="44"/></GCPList></PAMDataset>';
  const mask = await gradientImage(40, 30)
    .toColourspace('b-w')
    .threshold(20)
    .tiff({ compression: 'deflate' })
    .toBuffer();
  const inputs: FuzzInput[] = [
    { name: 'image.pgw', bytes: Buffer.from('10\n0\n0\n-10\n500005\n4999995\n') },
    { name: 'image.png.aux.xml', bytes: Buffer.from(aux) },
    { name: 'image.png.aux.xml', bytes: Buffer.from(gcps) },
    { name: 'image_RPC.TXT', bytes: Buffer.from([...rpc, ...scales, ...coefficients].join('\n')) },
    { name: 'image.prj', bytes: Buffer.from(wkt) },
    { name: 'image.png.msk', bytes: mask },
  ];
  return {
    inputs,
    isText: true,
    async read(bytes, { name }, random) {
      for (const each of inputs) await rm(join(folder, each.name), { force: true });
      if (name === 'image.prj') await writeFile(join(folder, 'image.pgw'), inputs[0]!.bytes);
      await writeFile(join(folder, name), bytes);
      return readFromPlace(image, random);
    },
  };
};
