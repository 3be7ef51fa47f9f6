import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isYolo } from '../../../datasets/annotations/yolo-layout.js';
import { UserError } from '../../base/errors.js';
import { requirePath } from '../../base/require-path.js';
import { isImageName } from '../../image/formats/image-names.js';

/** What a path given as data turned out to be. */
export type FoundData =
  | {
      readonly task: 'classification';
      readonly folder: string;
      /** Folders in it with a folder a class; `.` where that is the folder itself. */
      readonly trainSplit: string;
      readonly validationSplit?: string;
      readonly why: string;
    }
  | {
      readonly task: 'detection';
      readonly labels: string;
      readonly validation?: string;
      readonly why: string;
    };

const trainNames = ['train', 'training'];
const validationNames = ['val', 'valid', 'validation'];

/**
 * Finds out what is to be learned from data: a folder of class folders is classified, labels are for detection. Test splits are not
 * touched.
 * @throws UserError when it is neither
 */
export async function findData(path: string): Promise<FoundData> {
  await requirePath(path);
  if (!statSync(path).isDirectory()) return { task: 'detection', labels: path, why: 'a file of labels' };
  return (
    (await labelledFolder(path)) ??
    (await cocoFolder(path)) ??
    (await splitFolders(path)) ??
    classFolders(path)
  );
}

async function labelledFolder(path: string): Promise<FoundData | undefined> {
  for (const [name, format] of [
    ['labelTxt', 'DOTA'],
    ['Annotations', 'Pascal VOC'],
  ] as const) {
    if (existsSync(join(path, name))) {
      return { task: 'detection', labels: path, why: `labels of ${format} in ${name}/` };
    }
  }
  return (await isYolo(path)) ? { task: 'detection', labels: path, why: 'labels of YOLO' } : undefined;
}

/** Labels in COCO's format, in the folder or in its `annotations`. */
async function cocoFolder(path: string): Promise<FoundData | undefined> {
  for (const folder of [path, join(path, 'annotations')]) {
    if (!existsSync(folder)) continue;
    const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
    const named = (wanted: readonly string[]) =>
      files.find((name) => wanted.some((each) => new RegExp(`(^|[_-])${each}\\d*\\.json$`, 'i').test(name)));
    const train = named(trainNames) ?? (files.length === 1 ? files[0] : undefined);
    if (train === undefined) {
      if (files.length === 0) continue;
      throw new UserError(
        `${folder} has ${files.length} JSON files, none of them called train.json: give the one with the labels, e.g. --data ${join(folder, files[0]!)}.`,
      );
    }
    const validation = named(validationNames);
    const why = `labels in ${train}${validation ? `, validated on ${validation}` : ''}`;
    const others = validation && join(folder, validation);
    return { task: 'detection', labels: join(folder, train), validation: others, why };
  }
  return undefined;
}

/** A folder a split, each a labelled set or a folder of class folders. */
async function splitFolders(path: string): Promise<FoundData | undefined> {
  const train = trainNames.find((name) => existsSync(join(path, name)));
  if (train === undefined) return undefined;
  const validation = validationNames.find((name) => existsSync(join(path, name)));
  const labelled = await labelledFolder(join(path, train));
  if (labelled?.task === 'detection') {
    return { ...labelled, validation: validation && join(path, validation) };
  }
  const why = `class folders in ${train}/${validation ? `, validated on ${validation}/` : ''}`;
  return { task: 'classification', folder: path, trainSplit: train, validationSplit: validation, why };
}

async function classFolders(path: string): Promise<FoundData> {
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const counts = await Promise.all(
    folders.map(
      async ({ name }) => (await readdir(join(path, name))).filter((file) => isImageName(file)).length,
    ),
  );
  if (counts.some((count) => count > 0)) {
    return { task: 'classification', folder: path, trainSplit: '.', why: `${folders.length} class folders` };
  }
  throw new UserError(
    `${path} holds neither class folders with images nor labels of a known format. Expected <class>/<image>.jpg, a COCO .json ` +
      'file, or a folder with labelTxt/ (DOTA), Annotations/ (Pascal VOC), or labels/ or a data.yaml (YOLO).',
  );
}
