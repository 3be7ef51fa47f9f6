import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { UserError } from '../../base/errors.js';
import { checkPlace } from '../../base/places.js';
import type { Size } from '../../boxes/box.js';
import { readAuxXml } from '../../geo/aux-xml.js';
import type { Georeference } from '../../geo/georeference.js';
import type { RationalPolynomials } from '../../geo/rpc.js';
import { rpcPlace } from '../../geo/rpc.js';
import { readRpcText } from '../../geo/rpc-text.js';
import { systemOfWkt } from '../../geo/wkt-code.js';
import { readWorldFile } from '../../geo/world-file.js';
import { besideAddress } from '../raster/beside-address.js';
import { isRemote } from '../raster/cloud-address.js';
import { openRemoteIfThere } from '../raster/remote-bytes.js';

/** Files that say where an image lies are small; GDAL's may hold a histogram of each band. */
const mostBytes = 2 ** 24;

/**
 * Where an image lies, by itself and by the files beside it, in GDAL's order: `.aux.xml`, the image itself, `_RPC.TXT`, a world file
 * (`.tfw`, `.tifw`, `.wld` and their like). Where none of these names a reference system, a `.prj` does.
 * @param path of the image, or its address
 * @param own what the image itself says
 * @param size of the image as it is stored
 * @param height of the ground above the ellipsoid in metres, for rational polynomials; their own mean by default
 */
export async function placeBeside(
  path: string,
  own: Georeference | undefined,
  size: Size,
  height?: number,
): Promise<Georeference | undefined> {
  const auxName = `${path}.aux.xml`;
  const aux = readAuxXml((await textBeside(path, (name) => `${name}.aux.xml`)) ?? '<x/>', auxName);
  const found = withTransform(aux) ?? own ?? (await rationalPlace(path, size)) ?? (await worldPlace(path));
  if (!found) return undefined;
  if (found.rpc && height !== undefined) return rpcPlace(found.rpc.polynomials, size, height);
  if (found.epsg !== undefined || found.crs !== undefined) return found;
  return { ...found, ...systemOnly(aux), ...(await systemBeside(path)) };
}

function withTransform(place: Partial<Georeference>): Georeference | undefined {
  return place.transform && { ...place, transform: place.transform };
}

function systemOnly({ epsg, crs, citation }: Partial<Georeference>): Partial<Georeference> {
  return epsg === undefined && crs === undefined ? {} : { epsg, crs, citation };
}

async function worldPlace(path: string): Promise<Georeference | undefined> {
  const ending = extname(path.replace(/[?#].*$/s, '')).slice(1);
  const short = ending.length > 2 ? `${ending[0]}${ending.at(-1)}w` : `${ending}w`;
  for (const name of [`.${short}`, `.${ending}w`, '.wld']) {
    const text = await textBeside(path, (image) => withEnding(image, name));
    const transform = text === undefined ? undefined : readWorldFile(text);
    if (transform) return { transform };
    if (text !== undefined && !isRemote(path))
      throw new UserError(
        `${withEnding(path, name)} is no world file: it must hold six numbers. Correct or remove it.`,
      );
  }
  return undefined;
}

async function systemBeside(path: string): Promise<Partial<Georeference>> {
  return systemOnly(systemOfWkt(await textBeside(path, (image) => withEnding(image, '.prj'))));
}

async function rationalPlace(path: string, size: Size): Promise<Georeference | undefined> {
  const text =
    (await textBeside(path, (image) => withEnding(image, '_RPC.TXT'))) ??
    (await textBeside(path, (image) => withEnding(image, '_rpc.txt')));
  const polynomials: RationalPolynomials | undefined = text === undefined ? undefined : readRpcText(text);
  return polynomials && rpcPlace(polynomials, size);
}

/** A path, or that of an address, with another ending, which need not begin with a dot. */
function withEnding(path: string, ending: string): string {
  return `${path.replace(/\.[^./\\]*$/, '')}${ending}`;
}

/** What is in a file beside an image; undefined where there is no such file. */
function textBeside(image: string, rename: (path: string) => string): Promise<string | undefined> {
  return isRemote(image) ? remoteText(besideAddress(image, rename)) : textOf(rename(image));
}

/** @returns undefined where there is no such file, in small or capital letters */
async function textOf(path: string): Promise<string | undefined> {
  for (const name of [path, withEnding(path, extname(path).toUpperCase())]) {
    const entry = await stat(name).catch(() => undefined);
    if (!entry?.isFile() || entry.size > mostBytes) continue;
    await checkPlace(name);
    return readFile(name, 'utf8').catch(() => undefined);
  }
  return undefined;
}

async function remoteText(address: string): Promise<string | undefined> {
  const bytes = await openRemoteIfThere(address);
  // Some servers answer every address, with a page, or with the image itself.
  if (!bytes || bytes.size > mostBytes || bytes.start.includes(0)) return undefined;
  if (/^\s*<(!doctype html|html)/i.test(Buffer.from(bytes.start).toString('utf8'))) return undefined;
  return Buffer.from(await bytes.read(0, bytes.size)).toString('utf8');
}
