import { existsSync } from 'node:fs';
import { join, parse } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import { parseXml } from '../../src/base/parse-xml.js';
import type { AnnotatedImage, AnnotationSet, BoxEdges } from '../../src/boxes/annotations.js';
import { boxArea, intersectBoxes } from '../../src/boxes/annotations.js';
import type { Size } from '../../src/boxes/box.js';
import type { OnProblem } from './label-problems.js';
import { readOrTell } from './label-problems.js';
import { settleLabels } from './labels.js';
import { imagesByName, readSizesOrTell } from './locate-images.js';
import { filesOf, readText } from './read-text.js';
import { pickSplit } from './splits.js';
import { readImageSets } from './voc-image-sets.js';

export interface VocOptions {
  /** Folder of the XML files; `Annotations` within the data by default. */
  readonly labelFolder?: string;
  /** Folder of the images; `JPEGImages` within the data by default. */
  readonly images?: string;
  /** Class names in the order wanted; all that occur, sorted, by default. */
  readonly labels?: readonly string[];
  /** Only the images of this list of `ImageSets/Main`, e.g. `val`; all by default. */
  readonly split?: string;
  /** Told what is wrong and left out; absent: it is an error. */
  readonly onProblem?: OnProblem;
}

// An empty element is no number, though Number('') is 0.
const number = z.string().trim().min(1, 'expected a number').pipe(z.coerce.number());
const sizeNumber = z.coerce.number();
/** Empty elements, which some programs write, say nothing: not difficult. */
const flag = z
  .string()
  .trim()
  .pipe(z.enum(['0', '1', '']))
  .optional();
const schema = z.object({
  annotation: z.object({
    filename: z.string().trim().optional(),
    // The parser makes a string of an empty element.
    size: z.union([z.object({ width: sizeNumber, height: sizeNumber }), z.string()]).optional(),
    object: z
      .array(
        z.object({
          name: z.string().min(1),
          difficult: flag,
          bndbox: z.object({ xmin: number, ymin: number, xmax: number, ymax: number }),
        }),
      )
      .default([]),
  }),
});

// Text stays text: a class may be called 007.
const parser = new XMLParser({
  parseTagValue: false,
  isArray: (_name, path) => path === 'annotation.object',
});

/** What one file of Pascal VOC says. */
export interface VocFile {
  /** Undefined where the file does not say it. */
  readonly fileName: string | undefined;
  /** Undefined where the file leaves it out or gives 0, as some do. */
  readonly size: Size | undefined;
  readonly objects: readonly { readonly name: string; readonly box: BoxEdges; readonly difficult: boolean }[];
}

/**
 * Parses one Pascal VOC XML file (Everingham et al. 2010). Its pixels are counted from 1 and xmax, ymax are
 * the last ones inside, so that xmin - 1 and ymin - 1 are the box's edges, as Detectron2 reads them.
 * @param onProblem told of wrong boxes, which are then left out
 * @throws UserError naming the file and the field
 */
export function parseVoc(text: string, path: string, onProblem?: OnProblem): VocFile {
  const parsed = schema.safeParse(parseXml(parser, text, path));
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new UserError(`${path}: <${first!.path.join('.')}>: ${first!.message}.`);
  }
  const { filename, size, object } = parsed.data.annotation;
  const isKnown = typeof size === 'object' && size.width > 0 && size.height > 0;
  return {
    fileName: filename || undefined,
    size: isKnown ? size : undefined,
    objects: object.flatMap(({ name, difficult, bndbox }, index) => {
      const box = readOrTell(() => edgesOf(bndbox, `${path}: object ${index + 1} (${name})`), onProblem);
      return box ? [{ name, difficult: difficult === '1', box }] : [];
    }),
  };
}

function edgesOf(
  { xmin, ymin, xmax, ymax }: Readonly<Record<'xmin' | 'ymin' | 'xmax' | 'ymax', number>>,
  place: string,
): BoxEdges {
  if (xmax < xmin || ymax < ymin) throw new UserError(`${place} has a box turned inside out.`);
  return [xmin - 1, ymin - 1, xmax, ymax];
}

/**
 * Reads a data set in Pascal VOC's layout: `JPEGImages/<file>` and `Annotations/<name>.xml`. Boxes are cut at
 * the border. Images that `ImageSets/Main` lists and that have no XML file are images without objects.
 * @throws UserError naming the file and the field that is wrong
 */
export async function readVoc(folder: string, options: VocOptions = {}): Promise<AnnotationSet> {
  const { labelFolder = join(folder, 'Annotations'), images = join(folder, 'JPEGImages') } = options;
  const listed = await readImageSets(folder);
  const files = await filesOf(labelFolder, /\.xml$/i, 'label files (.xml)');
  const labelled = new Map(files.map((file) => [parse(file).name, file]));
  const entries = [...new Set([...labelled.keys(), ...listed.keys()])].map((name): Entry => {
    return { name, file: labelled.get(name), split: listed.get(name) };
  });
  const wanted = pickSplit(entries, options.split, folder);
  const used = wanted.flatMap(({ file, split }) => (file === undefined ? [] : [{ file, split }]));
  const { onProblem } = options;
  const read = used.map(async ({ file, split }): Promise<ParsedFile[]> => {
    const text = await readText(join(labelFolder, file));
    const own = readOrTell(() => parseVoc(text, join(labelFolder, file), onProblem), onProblem);
    return own ? [{ file, split, own }] : [];
  });
  const parsed = (await Promise.all(read)).flat();
  const names = parsed.flatMap(({ own }) => own.objects.map(({ name }) => name));
  const labels = settleLabels(names, options.labels, labelFolder);
  const annotated = parsed.map(async ({ file, split, own }): Promise<AnnotatedImage[]> => {
    const path = imagePath(images, own.fileName, file);
    const size = own.size ?? (await readSizesOrTell([path], onProblem))[0];
    if (!size) return [];
    const objects = own.objects.flatMap(({ name, box, difficult }) => {
      const inside = readOrTell(() => cutAtBorder(box, size, join(labelFolder, file)), onProblem);
      return inside ? [{ box: inside, label: labels.indexOf(name), difficult }] : [];
    });
    return [{ path, ...size, split, objects }];
  });
  const bare = wanted.filter(({ file }) => file === undefined);
  const empty = await imagesWithoutObjects(images, bare, onProblem);
  return { labels, images: [...(await Promise.all(annotated)).flat(), ...empty.images], notes: empty.notes };
}

/**
 * The image of a label file: by the name in it, which the first VOC files write without extension, or its own
 * name.
 */
function imagePath(images: string, fileName: string | undefined, file: string): string {
  const { name } = parse(file);
  const written = fileName ?? name;
  const path = join(images, /\.\w+$/.test(written) ? written : `${written}.jpg`);
  if (existsSync(path)) return path;
  const others = ['.jpg', '.jpeg', '.png', '.tif', '.tiff'].map((ending) => join(images, `${name}${ending}`));
  return others.find((other) => existsSync(other)) ?? path;
}

/** An image, its label file if there is one, and the list of `ImageSets/Main` that names it. */
interface Entry {
  readonly name: string;
  readonly file?: string;
  readonly split?: string;
}

interface ParsedFile {
  readonly file: string;
  readonly split: string | undefined;
  readonly own: VocFile;
}

async function imagesWithoutObjects(
  folder: string,
  listed: readonly Entry[],
  onProblem: OnProblem | undefined,
): Promise<{ images: AnnotatedImage[]; notes: string[] }> {
  if (listed.length === 0) return { images: [], notes: [] };
  const paths = await imagesByName(folder);
  const there = listed.filter(({ name }) => paths.has(name));
  const found = there.map(({ name }) => paths.get(name)!);
  const sizes = await readSizesOrTell(found, onProblem);
  const images = there.flatMap(({ split }, index) => {
    const size = sizes[index];
    return size ? [{ path: found[index]!, ...size, split, objects: [] }] : [];
  });
  const missing = listed.filter(({ name }) => !paths.has(name));
  const first = missing[0]?.name;
  const notes =
    first === undefined
      ? []
      : [
          `ImageSets/Main lists ${missing.length} images that have neither labels nor a file, e.g. ${first}: left out.`,
        ];
  return { images, notes };
}

function cutAtBorder(box: BoxEdges, { width, height }: Size, place: string): BoxEdges {
  const inside = intersectBoxes(box, [0, 0, width, height]);
  if (boxArea(inside) > 0) return inside;
  throw new UserError(
    `${place}: the box ${box.join(', ')} lies outside the image of ${width} x ${height} pixels.`,
  );
}
