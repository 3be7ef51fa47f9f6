import { readdirSync, statSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { UserError } from '../../base/errors.js';
import { answerRequests } from '../../base/threads/requests.js';
import type { Gdal, GdalModule } from '../../geo/gdal/gdal-module.js';
import { loadGdal } from '../../geo/gdal/gdal-module.js';
import type { Samples } from '../raster/raster-source.js';
import type { GdalAnswer, GdalOpen, GdalRead, GdalRequest } from './gdal-messages.js';
import { sampleTypes } from './gdal-messages.js';

/** GDALOpenEx: read only, rasters, with messages. */
const openFlags = 0x02 | 0x40;

/** Folders of the file system of the module itself, or of no use to it. */
const ownFolders = new Set(['dev', 'proc', 'sys', 'usr', 'lost+found']);

/** Folders that GDAL sees already. */
const mounted = new Set<string>();

answerRequests<GdalRequest, GdalAnswer>(
  async (request) => {
    const gdal = await loadGdal();
    try {
      return answer(gdal, request);
    } catch (error) {
      // GDAL cannot be used any more: the next request starts another thread.
      if (error instanceof WebAssembly.RuntimeError) setImmediate(() => process.exit(1));
      throw error;
    }
  },
  {
    transfer: (answer) =>
      'samples' in answer ? answer.samples.map(({ buffer }) => buffer as ArrayBuffer) : [],
  },
);

function answer(gdal: Gdal, request: GdalRequest): GdalAnswer {
  if (request.type === 'open') return open(gdal, request);
  if (request.type === 'read') return { samples: read(gdal, request) };
  gdal.module.ccall('GDALClose', null, ['number'], [request.dataset]);
  gdal.complaints();
  return { closed: true };
}

function open(gdal: Gdal, { path, folders }: GdalOpen): GdalAnswer {
  const { module } = gdal;
  const seen = folders ? makeOnlyVisible(module, path, folders) : makeVisible(module, path);
  const dataset = module.ccall(
    'GDALOpenEx',
    'number',
    ['string', 'number', 'number', 'number', 'number'],
    [seen, openFlags, 0, 0, 0],
  ) as number;
  if (!dataset) throw failure(gdal, 'it is in no format that GDAL reads');
  const options = withList(module, ['-json'], (list) =>
    module.ccall('GDALInfoOptionsNew', 'number', ['number', 'number'], [list, 0]),
  ) as number;
  const text = module.ccall('GDALInfo', 'string', ['number', 'number'], [dataset, options]) as string | null;
  module.ccall('GDALInfoOptionsFree', null, ['number'], [options]);
  if (!text) throw failure(gdal, 'GDAL says nothing about it');
  gdal.complaints();
  return { dataset, info: JSON.parse(text) };
}

/**
 * Lets GDAL see the folders of this machine under their own names, so that files that name others are followed.
 * @returns the path under which it sees a file
 */
function makeVisible(module: GdalModule, path: string): string {
  const { root } = parse(path);
  const folders = root === '/' ? readdirSync(root).filter((name) => isPlainFolder(name)) : [];
  for (const name of folders) mount(module, join(root, name), `/${name}`);
  if (folders.includes(path.split('/')[1]!)) return path;
  // A folder has one name for all scenes in it.
  const point = `/scene${[...new Set([...mounted, dirname(path)])].indexOf(dirname(path))}`;
  mount(module, dirname(path), point);
  return `${point}/${parse(path).base}`;
}

/**
 * Lets GDAL see some folders of this machine and no other, under their own names. It follows links by these names too, so that one
 * that leads out of them leads nowhere.
 */
function makeOnlyVisible(module: GdalModule, path: string, folders: readonly string[]): string {
  const outer = folders.filter(
    (each) => !folders.some((other) => each !== other && each.startsWith(`${other}/`)),
  );
  for (const folder of new Set(outer)) {
    const parts = folder.split('/').filter(Boolean);
    for (let depth = 1; depth < parts.length; depth++)
      makeFolder(module, `/${parts.slice(0, depth).join('/')}`);
    mount(module, folder, `/${parts.join('/')}`);
  }
  return path;
}

function isPlainFolder(name: string): boolean {
  if (ownFolders.has(name)) return false;
  return statSync(`/${name}`, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function mount(module: GdalModule, root: string, point: string): void {
  if (mounted.has(root)) return;
  mounted.add(root);
  makeFolder(module, point);
  module.FS.mount(module.NODEFS, { root }, point);
}

function makeFolder({ FS }: GdalModule, path: string): void {
  try {
    FS.mkdir(path);
  } catch {
    // It is there: the module makes some itself.
  }
}

const result = '/window';

/** Reads a window by letting GDAL write it to memory as plain samples, band after band. */
function read(gdal: Gdal, { dataset, window, size, bands, sampleType, isCoded }: GdalRead): Samples[] {
  const { module } = gdal;
  const { left, top, width, height } = window;
  const bandNames = bands === 'mask' ? ['mask'] : bands.map((band) => String(band + 1));
  const words = [
    ...['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BSQ', '-ot', sampleType],
    ...['-srcwin', left, top, width, height, '-outsize', size.width, size.height].map(String),
    ...(isCoded ? ['-expand', 'rgba'] : bandNames.flatMap((band) => ['-b', band])),
  ];
  const options = withList(module, words, (list) =>
    module.ccall('GDALTranslateOptionsNew', 'number', ['number', 'number'], [list, 0]),
  ) as number;
  const written = module.ccall(
    'GDALTranslate',
    'number',
    ['string', 'number', 'number', 'number'],
    [result, dataset, options, 0],
  ) as number;
  module.ccall('GDALTranslateOptionsFree', null, ['number'], [options]);
  if (written) module.ccall('GDALClose', null, ['number'], [written]);
  // GDAL goes on after a block that it cannot read, and leaves it black.
  const problems = gdal.complaints().filter((text) => text.startsWith('ERROR'));
  if (!written || problems.length > 0) throw failure(gdal, problems[0] ?? 'GDAL cannot read it');
  const bytes = module.FS.readFile(result);
  for (const name of [result, `${result}.hdr`, `${result}.aux.xml`]) forget(module, name);
  const count = size.width * size.height;
  const Type = sampleTypes[sampleType];
  const all = new Type(
    bytes.buffer as ArrayBuffer,
    bytes.byteOffset,
    bytes.byteLength / Type.BYTES_PER_ELEMENT,
  );
  const planes = isCoded && bands !== 'mask' ? bands : bandNames.map((_, index) => index);
  return planes.map((plane) => all.slice(plane * count, (plane + 1) * count));
}

function forget({ FS }: GdalModule, path: string): void {
  try {
    FS.unlink(path);
  } catch {
    // Not all are written.
  }
}

/** Lends a list of texts as C has it: their addresses, and 0. */
function withList<Value>(module: GdalModule, texts: readonly string[], use: (list: number) => Value): Value {
  const encoded = texts.map((text) => new TextEncoder().encode(`${text}\0`));
  const list = module._malloc(4 * (texts.length + 1));
  const addresses = encoded.map((bytes) => {
    const address = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, address);
    return address;
  });
  module.HEAPU32.set([...addresses, 0], list / 4);
  try {
    return use(list);
  } finally {
    for (const address of [list, ...addresses]) module._free(address);
  }
}

function failure(gdal: Gdal, otherwise: string): UserError {
  const [first] = gdal.complaints().filter((text) => text.startsWith('ERROR'));
  return new UserError((first ?? otherwise).replace(/^ERROR \d+: /, '').replaceAll(/\/scene\d+\//g, ''));
}
