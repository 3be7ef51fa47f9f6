import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import type { AnnotationSet, BoxEdges } from '../../src/boxes/annotations.js';
import { boxArea, intersectBoxes } from '../../src/boxes/annotations.js';
import type { Size } from '../../src/boxes/box.js';
import { settleLabels } from './labels.js';
import { readSizes } from './locate-images.js';
import { filesOf, readText } from './read-text.js';

export interface VocOptions {
  /** Folder of the XML files; `Annotations` within the data by default. */
  readonly labelFolder?: string;
  /** Folder of the images; `JPEGImages` within the data by default. */
  readonly images?: string;
  /** Class names in the order wanted; all that occur, sorted, by default. */
  readonly labels?: readonly string[];
}

const number = z.coerce.number();
const flag = z.enum(['0', '1']).optional();
const schema = z.object({
  annotation: z.object({
    filename: z.string().min(1),
    size: z.object({ width: number, height: number }).optional(),
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
  readonly fileName: string;
  /** Undefined where the file leaves it out or gives 0, as some do. */
  readonly size: Size | undefined;
  readonly objects: readonly { readonly name: string; readonly box: BoxEdges; readonly difficult: boolean }[];
}

/**
 * Parses one Pascal VOC XML file (Everingham et al. 2010). Its pixels are counted from 1 and xmax, ymax are the last ones
 * inside, so that xmin - 1 and ymin - 1 are the box's edges, as Detectron2 reads them.
 * @throws UserError naming the file and the field
 */
export function parseVoc(text: string, path: string): VocFile {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new UserError(`${path}, line ${valid.err.line}: not XML: ${valid.err.msg}`);
  const parsed = schema.safeParse(parser.parse(text));
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new UserError(`${path}: <${first!.path.join('.')}>: ${first!.message}.`);
  }
  const { filename, size, object } = parsed.data.annotation;
  const isKnown = size !== undefined && size.width > 0 && size.height > 0;
  return {
    fileName: filename,
    size: isKnown ? size : undefined,
    objects: object.map(({ name, difficult, bndbox }, index) => {
      const { xmin, ymin, xmax, ymax } = bndbox;
      if (xmax < xmin || ymax < ymin) {
        throw new UserError(`${path}: object ${index + 1} (${name}) has a box turned inside out.`);
      }
      return { name, difficult: difficult === '1', box: [xmin - 1, ymin - 1, xmax, ymax] };
    }),
  };
}

/**
 * Reads a data set in Pascal VOC's layout: `JPEGImages/<file>` and `Annotations/<name>.xml`. Boxes are cut at the border.
 * @throws UserError naming the file and the field that is wrong
 */
export async function readVoc(folder: string, options: VocOptions = {}): Promise<AnnotationSet> {
  const { labelFolder = join(folder, 'Annotations'), images = join(folder, 'JPEGImages') } = options;
  const files = await filesOf(labelFolder, /\.xml$/i, 'label files (.xml)');
  const parsed = await Promise.all(
    files.map(async (file) => parseVoc(await readText(join(labelFolder, file)), join(labelFolder, file))),
  );
  const names = parsed.flatMap(({ objects }) => objects.map(({ name }) => name));
  const labels = settleLabels(names, options.labels, labelFolder);
  const annotated = parsed.map(async ({ fileName, size, objects }, file) => {
    // The first VOC files leave out the extension.
    const path = join(images, /\.\w+$/.test(fileName) ? fileName : `${fileName}.jpg`);
    const { width, height } = size ?? (await readSizes([path]))[0]!;
    return {
      path,
      width,
      height,
      objects: objects.map(({ name, box, difficult }) => {
        const place = join(labelFolder, files[file]!);
        return { box: cutAtBorder(box, width, height, place), label: labels.indexOf(name), difficult };
      }),
    };
  });
  return { labels, images: await Promise.all(annotated) };
}

function cutAtBorder(box: BoxEdges, width: number, height: number, place: string): BoxEdges {
  const inside = intersectBoxes(box, [0, 0, width, height]);
  if (boxArea(inside) > 0) return inside;
  throw new UserError(
    `${place}: the box ${box.join(', ')} lies outside the image of ${width} x ${height} pixels.`,
  );
}
