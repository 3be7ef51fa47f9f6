import { existsSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import type { AnnotatedObject, AnnotationSet } from '../../src/boxes/annotations.js';
import { readJson } from './read-text.js';

export interface CocoOptions {
  /** Folder of the image files; by default the one that the JSON lies in, or a usual one near it. */
  readonly images?: string;
}

export const cocoId = z.union([z.number().int(), z.string().min(1)]);
const finite = z.number();
const length = z.number().nonnegative('a box has no negative width or height');

const cocoSchema = z.object({
  images: z.array(
    z.object({
      id: cocoId,
      file_name: z.string().min(1),
      width: z.number().int().positive(),
      height: z.number().int().positive(),
    }),
  ),
  categories: z.array(z.object({ id: cocoId, name: z.string().min(1) })).min(1),
  annotations: z.array(
    z.object({
      image_id: cocoId,
      category_id: cocoId,
      bbox: z.tuple([finite, finite, length, length]),
      area: z.number().nonnegative().nullish(),
      iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).nullish(),
    }),
  ),
});

type CocoFile = z.infer<typeof cocoSchema>;
type Id = z.infer<typeof cocoId>;

/**
 * Reads labels in COCO's JSON format (cocodataset.org/#format-data); of a mask only its box and area are
 * used.
 *
 * Boxes are kept as they are written, also where they reach beyond the image or are empty, because COCO's own
 * evaluation counts them so; training cuts them. Labels and images are in the order of their ids.
 * @throws UserError naming the file and the field when it is not valid, or the annotation whose image or
 * category is unknown
 */
export async function readCoco(path: string, options: CocoOptions = {}): Promise<AnnotationSet> {
  const file = await readJson(path, cocoSchema, 'set of COCO labels');
  const folder = options.images ?? imageFolder(path, file.images[0]?.file_name);
  const set = annotationSetOf(file, path, folder);
  if (options.images !== undefined || folder === dirname(path)) return set;
  return { ...set, notes: [`The images of ${path} are not beside it; those in ${folder} are taken.`] };
}

/**
 * The folder that holds an image of the file: where the JSON lies, or one of those of COCO's own download and
 * of the tools that write `annotations/instances_val2017.json`.
 */
function imageFolder(path: string, image: string | undefined): string {
  const own = dirname(path);
  const split = parse(path).name.replace(/^.*_/, '');
  const near = [
    join(own, 'images'),
    ...['images', join('images', split), split].map((name) => join(own, '..', name)),
  ];
  return [own, ...near].find((folder) => image === undefined || existsSync(join(folder, image))) ?? own;
}

/** Positions by id. @throws UserError when two entries share one */
function positionsById(entries: readonly { id: Id }[], path: string, list: string): Map<Id, number> {
  const positions = new Map(entries.map((entry, index) => [entry.id, index]));
  if (positions.size === entries.length) return positions;
  const twice = entries.find((entry, index) => positions.get(entry.id) !== index)!;
  throw new UserError(`${path}: ${list} has the id ${twice.id} more than once.`);
}

function byId(a: { id: Id }, b: { id: Id }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function annotationSetOf(file: CocoFile, path: string, folder: string): AnnotationSet {
  const categories = file.categories.toSorted(byId);
  const labelOf = positionsById(categories, path, 'categories');
  // Ties of score are broken by the order of the images: COCO's evaluation sorts them.
  const images = file.images.toSorted(byId);
  const imageOf = positionsById(images, path, 'images');
  const objects: AnnotatedObject[][] = images.map(() => []);
  for (const [index, annotation] of file.annotations.entries()) {
    const { image_id, category_id, bbox, area, iscrowd } = annotation;
    const image = imageOf.get(image_id);
    const label = labelOf.get(category_id);
    if (image === undefined || label === undefined) {
      const missing = image === undefined ? `image_id ${image_id}` : `category_id ${category_id}`;
      const known =
        image === undefined ? { what: 'images', ids: imageOf } : { what: 'categories', ids: labelOf };
      throw new UserError(
        `${path}: annotations[${index}] has ${missing}, which the file does not describe. Ids of its ${known.what}: ` +
          `${someOf([...known.ids.keys()])}.`,
      );
    }
    const [left, top, width, height] = bbox;
    objects[image]!.push({
      box: [left, top, left + width, top + height],
      label,
      crowd: Boolean(iscrowd),
      area: area ?? width * height,
    });
  }
  return {
    labels: categories.map(({ name }) => name),
    categoryIds: categories.map((category) => category.id),
    images: images.map(({ id, file_name, width, height }, index) => {
      return { id, path: join(folder, file_name), width, height, objects: objects[index]! };
    }),
  };
}

/** A list for a message, cut short. */
function someOf(ids: readonly (number | string)[]): string {
  const most = 8;
  return ids.slice(0, most).join(', ') + (ids.length > most ? ` and ${ids.length - most} more` : '');
}
