import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';
import { isImageName } from '../../src/image/formats/image-names.js';
import type { OnProblem } from './label-problems.js';
import { readText } from './read-text.js';
import { pickSplit } from './splits.js';
import type { DataYaml } from './yolo-names.js';
import { findDataYaml, readDataYaml } from './yolo-names.js';

export interface YoloOptions {
  /** Folder of the label files; `labels` within the data by default. Only with `images`. */
  readonly labelFolder?: string;
  /** Folder of the images; by default what `data.yaml` names, or `images`, or those of the splits. */
  readonly images?: string;
  /**
   * Class names by index; by default those of `data.yaml`, `dataset.yaml`, `classes.txt` or `obj.names` in
   * the data.
   */
  readonly labels?: readonly string[];
  /** Only the images of this split, e.g. `val`; all by default. */
  readonly split?: string;
  /** Told what is wrong and left out; absent: it is an error. */
  readonly onProblem?: OnProblem;
}

/** An image and the file that would hold its labels. */
export interface YoloImage {
  readonly path: string;
  readonly labels: string;
  readonly split?: string;
}

export interface YoloLayout {
  readonly folder: string;
  readonly yaml?: DataYaml;
  readonly images: readonly YoloImage[];
  readonly notes: readonly string[];
}

const splitNames = ['train', 'val', 'validation', 'test'] as const;

/**
 * Whether a path looks like a data set of YOLO's: a YAML file, or a folder with labels in one of the usual
 * places.
 */
export async function isYolo(path: string): Promise<boolean> {
  if (/\.ya?ml$/i.test(path)) return true;
  if (!statSync(path).isDirectory()) return false;
  if (existsSync(join(path, 'labels'))) return true;
  const entries = await readdir(path);
  return (
    entries.some((entry) => existsSync(join(path, entry, 'labels'))) ||
    (await findDataYaml(path)) !== undefined
  );
}

/**
 * Finds the images of a data set and where their labels are, as ultralytics does: the labels of
 * `a/images/b/c.jpg` are in `a/labels/b/c.txt`, those of an image in no folder called images beside it.
 *
 * Which images there are is said by `train`, `val` and `test` of the YAML file: folders, with all that lies
 * within them, or lists of files. Without them, or where none of them exists (they are of the machine that
 * wrote them), all images in `images/`, or in `<split>/images/`, are taken.
 * @param path folder of the data, or its YAML file
 * @throws UserError when there are no images, none has labels, or two share a label file
 */
export async function findYoloImages(path: string, options: YoloOptions = {}): Promise<YoloLayout> {
  const isFile = statSync(path).isFile();
  const folder = isFile ? dirname(path) : path;
  const file = isFile ? path : await findDataYaml(folder);
  const yaml = file === undefined ? undefined : await readDataYaml(file);
  const notes: string[] = [];
  const found =
    options.images !== undefined || options.labelFolder !== undefined
      ? await imagesOfFolders(folder, options)
      : ((await imagesOfYaml(yaml, notes)) ?? (await imagesAround(folder)));
  const images = pickSplit(withoutRepeats(found), options.split, path);
  if (images.length === 0) throw new UserError(`${options.images ?? join(folder, 'images')} has no images.`);
  checkLabels(images);
  return { folder, yaml, images, notes };
}

/** Folders that the caller names: labels lie as the images do. */
async function imagesOfFolders(folder: string, options: YoloOptions): Promise<YoloImage[]> {
  const { images = join(folder, 'images'), labelFolder = join(folder, 'labels') } = options;
  const files = await imagesWithin(images);
  return files.map((path) => {
    const own = withEnding(join(labelFolder, relative(images, path)));
    // A folder of one split, as images/val, has its labels in labels/val.
    const labels = options.labelFolder !== undefined || existsSync(own) ? own : labelsOf(path);
    return { path, labels, split: firstFolder(relative(images, path)) };
  });
}

async function imagesOfYaml(yaml: DataYaml | undefined, notes: string[]): Promise<YoloImage[] | undefined> {
  if (!yaml) return undefined;
  const images: YoloImage[] = [];
  let isAnyThere = false;
  for (const split of splitNames) {
    const entries = [yaml[split] ?? []].flat();
    for (const entry of entries) {
      const place = splitPlaces(yaml, entry).find((candidate) => existsSync(candidate));
      if (place === undefined) {
        notes.push(`${yaml.file}: ${split} names ${entry}, which is not there.`);
        continue;
      }
      isAnyThere = true;
      const paths = statSync(place).isDirectory() ? await imagesWithin(place) : await listedImages(place);
      const name = split === 'validation' ? 'val' : split;
      images.push(...paths.map((path) => ({ path, labels: labelsOf(path), split: name })));
    }
  }
  return isAnyThere ? images : undefined;
}

/** Where a split may be that a YAML file names: from its `path`, else from where the file itself lies. */
function splitPlaces({ file, path }: DataYaml, entry: string): string[] {
  const own = dirname(file);
  const roots = path ? [resolve(path), resolve(own, path), own] : [own];
  // Roboflow writes ../train/images for what lies beside the file.
  const ways = entry.startsWith('../') ? [entry, entry.slice(3)] : [entry];
  return ways.flatMap((way) => roots.map((root) => resolve(root, way)));
}

/** The images that a text file lists, one path a line; those that start with ./ are relative to the file. */
async function listedImages(list: string): Promise<string[]> {
  const lines = (await readText(list)).split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => isImageName(line))
    .map((line) => (line.startsWith('./') || !existsSync(line) ? resolve(dirname(list), line) : line));
}

/** All images in `images/` of the folder, or in `images/` of each folder in it. */
async function imagesAround(folder: string): Promise<YoloImage[]> {
  const own = join(folder, 'images');
  if (existsSync(own)) {
    const paths = await imagesWithin(own);
    return paths.map((path) => ({ path, labels: labelsOf(path), split: firstFolder(relative(own, path)) }));
  }
  const parts = (await readdir(folder)).filter((name) => existsSync(join(folder, name, 'images'))).sort();
  const lists = parts.map(async (split) => {
    const paths = await imagesWithin(join(folder, split, 'images'));
    return paths.map((path) => ({ path, labels: labelsOf(path), split }));
  });
  return (await Promise.all(lists)).flat();
}

async function imagesWithin(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainFileError(error, 'read', folder);
  });
  return entries
    .filter((entry) => isImageName(entry) && !basename(entry).startsWith('.'))
    .sort()
    .map((entry) => join(folder, entry));
}

function firstFolder(path: string): string | undefined {
  const parts = path.split(sep);
  return parts.length > 1 ? parts[0] : undefined;
}

/** Where ultralytics looks for the labels of an image. */
function labelsOf(image: string): string {
  const [from, to] = [`${sep}images${sep}`, `${sep}labels${sep}`];
  const path = resolve(image);
  const at = path.lastIndexOf(from);
  return withEnding(at < 0 ? path : path.slice(0, at) + to + path.slice(at + from.length));
}

function withEnding(path: string): string {
  const { dir, name } = parse(path);
  return join(dir, `${name}.txt`);
}

/** Each image once: `val` may name the images of `train`. */
function withoutRepeats(images: readonly YoloImage[]): YoloImage[] {
  const seen = new Set<string>();
  return images.filter(({ path }) => !seen.has(resolve(path)) && seen.add(resolve(path)));
}

function checkLabels(images: readonly YoloImage[]): void {
  const taken = new Map<string, string>();
  for (const { path, labels } of images) {
    if (taken.has(labels)) {
      throw new UserError(
        `${dirname(path)} has two images called ${parse(path).name}: which one do the labels belong to? Remove one of them.`,
      );
    }
    taken.set(labels, path);
  }
  if (images.some(({ labels }) => existsSync(labels))) return;
  const [{ path, labels }] = images as [YoloImage];
  throw new UserError(
    `None of the ${images.length} images has a label file: that of ${path} would be ${labels}. Say where the images are ` +
      'with --images.',
  );
}
