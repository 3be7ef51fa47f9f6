import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import { sentinel2Images } from '../../image/formats/sentinel2.js';
import { httpRequest, isRemote } from '../../image/raster/cloud-address.js';
import { mayBeStac, stacScenes } from '../../image/stac/stac-scenes.js';
import { imageFiles } from '../image-files.js';

/** A scene that a command line names. */
export interface SceneFile {
  /** One path or address; several where each file has a band. */
  readonly paths: readonly string[];
  /** What results are named after: of the first file, without its folders. */
  readonly name: string;
  /** Whether the name is that of a file, of which results take all but the ending. Default true. */
  readonly hasEnding?: boolean;
  /** Why there is nothing to look at: it stops no other scene. */
  readonly failure?: UserError;
}

/**
 * The scenes that a command line names: files and addresses as they are, folders by what lies in them, lists with commas
 * as the bands of one scene.
 * @param bandFiles files of one more scene, a band each
 * @param assets names of the asset of STAC items, several with a band each
 */
export async function sceneFiles(
  args: readonly string[],
  bandFiles: readonly string[] = [],
  assets?: readonly string[],
): Promise<SceneFile[]> {
  const lists = await Promise.all(args.map((arg) => scenesOf(arg, assets)));
  const stacked = bandFiles.flatMap((path) => path.split(',')).filter((path) => path !== '');
  const scenes = lists.flat();
  if (stacked.length > 0) scenes.push({ paths: stacked, name: nameOf(stacked[0]!) });
  if (scenes.length === 0)
    throw new UserError('No scene is given: name files, folders or addresses, or use --bands-from.');
  return scenes;
}

async function scenesOf(arg: string, assets: readonly string[] | undefined): Promise<SceneFile[]> {
  if (isRemote(arg) ? await isJson(arg) : mayBeStac(arg)) return stacFiles(arg, assets);
  if (isRemote(arg)) return [{ paths: [arg], name: nameOf(arg) }];
  if (arg.includes(',') && !existsSync(arg)) {
    const paths = arg.split(',').filter((path) => path !== '');
    return [{ paths, name: nameOf(paths[0]!) }];
  }
  const product = await sentinel2Images(arg);
  if (product) return [{ paths: product, name: productName(arg) }];
  const files = await imageFiles([arg]);
  return Promise.all(
    files.map(async ({ path, name }) => ({ paths: (await sentinel2Images(path)) ?? [path], name })),
  );
}

/** Whether what is behind an address is JSON rather than an image. */
async function isJson(address: string): Promise<boolean> {
  if (!mayBeStac(address)) return false;
  if (/\.(geo)?json$/i.test(new URL(address).pathname)) return true;
  const { url, headers } = await httpRequest(address, {
    accept: 'application/geo+json, application/json, */*',
  });
  const stop = new AbortController();
  // What is wrong with the address is said when the scene is opened.
  const response = await fetch(url, { headers, signal: stop.signal }).catch(() => undefined);
  const type = response?.headers.get('content-type') ?? '';
  stop.abort();
  return response?.ok === true && /\bjson\b/i.test(type);
}

/** The scenes of a STAC document; a line says which asset of an item is looked at. */
async function stacFiles(place: string, assets: readonly string[] | undefined): Promise<SceneFile[]> {
  try {
    const scenes = await stacScenes(place, assets);
    return scenes.map(({ id, paths, because }) => {
      process.stderr.write(`${id}: ${because}: ${paths.join(', ')}\n`);
      return { paths, name: safeName(id), hasEnding: false };
    });
  } catch (failure) {
    if (!(failure instanceof UserError)) throw failure;
    return [{ paths: [place], name: nameOf(place), failure }];
  }
}

/** Ids may have anything in them; results are named after them. */
function safeName(id: string): string {
  return id.replaceAll(/[^\w.-]+/g, '_');
}

/** A product is called after its folder. */
function productName(path: string): string {
  const folder = resolve(path);
  return basename(/\.xml$/i.test(folder) ? dirname(folder) : folder);
}

function nameOf(path: string): string {
  return isRemote(path) ? basename(new URL(path).pathname) : basename(path);
}

/**
 * Where the file of each scene goes.
 * @param target a file for one scene, a folder for several
 * @param ending of file names, with its dot
 * @throws UserError when several scenes would go into one file
 */
export function scenePaths(target: string, ending: string, scenes: readonly SceneFile[]): string[] {
  const isFolder = existsSync(target) && statSync(target).isDirectory();
  if (scenes.length === 1 && !isFolder) return [target];
  if (!isFolder && extname(target) !== '') {
    throw new UserError(
      `There are ${scenes.length} scenes, so a folder is needed for their files, not ${target}.`,
    );
  }
  const taken = new Set<string>();
  return scenes.map(({ name, hasEnding = true }) => {
    const stem = hasEnding ? name.slice(0, name.length - extname(name).length) : name;
    let path = join(target, `${stem}${ending}`);
    for (let copy = 2; taken.has(path); copy++) path = join(target, `${stem}.${copy}${ending}`);
    taken.add(path);
    return path;
  });
}
