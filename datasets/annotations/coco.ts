import { existsSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import type { AnnotatedObject, AnnotationSet } from '../../src/boxes/annotations.js';
import type { OnProblem } from './label-problems.js';
import { readOrTell } from './label-problems.js';
import { readJson } from './read-text.js';

export interface CocoOptions {
  /** Folder of the image files; by default the one that the JSON lies in, or a usual one near it. */
  readonly images?: string;
  /** Told what is wrong and left out; absent: it is an error. */
  readonly onProblem?: OnProblem;
}

export const cocoId = z.union([z.number().int(), z.string().min(1)]);
const finite = z.number();
const length = z.number().nonnegative('a box has no negative width or height');

const annotationSchema = z.object({
  image_id: cocoId,
  category_id: cocoId,
  bbox: z.tuple([finite, finite, length, length]),
  area: z.number().nonnegative().nullish(),
  iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).nullish(),
});

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
  annotations: z.array(annotationSchema),
});
/** Whose annotations are checked one by one. */
const looseSchema = cocoSchema.extend({ annotations: z.array(z.unknown()) });

type CocoAnnotation = z.infer<typeof annotationSchema>;
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
  const { onProblem } = options;
  const file = onProblem
    ? withoutWrong(await readJson(path, looseSchema, 'set of COCO labels'), path, onProblem)
    : await readJson(path, cocoSchema, 'set of COCO labels');
  const folder = options.images ?? imageFolder(path, file.images[0]?.file_name);
  const set = annotationSetOf(file, path, folder, onProblem);
  if (options.images !== undefined || folder === dirname(path)) return set;
  return { ...set, notes: [`The images of ${path} are not beside it; those in ${folder} are taken.`] };
}

/** The file with the annotations that are of the right form; the others are told, by their place. */
function withoutWrong(
  { annotations, ...file }: z.infer<typeof looseSchema>,
  path: string,
  onProblem: OnProblem,
): CocoFile {
  const right = annotations.flatMap((each, index): CocoAnnotation[] => {
    const parsed = annotationSchema.safeParse(each);
    if (parsed.success) return [parsed.data];
    const [first] = parsed.error.issues;
    onProblem(`${path}: annotations[${index}].${first!.path.join('.')}: ${first!.message}.`);
    return [];
  });
  return { ...file, annotations: right };
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

function annotationSetOf(
  file: CocoFile,
  path: string,
  folder: string,
  onProblem: OnProblem | undefined,
): AnnotationSet {
  const categories = file.categories.toSorted(byId);
  const labelOf = positionsById(categories, path, 'categories');
  // Ties of score are broken by the order of the images: COCO's evaluation sorts them.
  const images = file.images.toSorted(byId);
  const imageOf = positionsById(images, path, 'images');
  const objects: AnnotatedObject[][] = images.map(() => []);
  for (const [index, annotation] of file.annotations.entries()) {
    const { bbox, area, iscrowd } = annotation;
    const ids = readOrTell(
      () => positionsOf(annotation, { imageOf, labelOf }, `${path}: annotations[${index}]`),
      onProblem,
    );
    if (!ids) continue;
    const { image, label } = ids;
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

/** Where the image and the category of an annotation are. @throws UserError when the file does not describe them */
function positionsOf(
  { image_id, category_id }: CocoAnnotation,
  {
    imageOf,
    labelOf,
  }: { readonly imageOf: ReadonlyMap<Id, number>; readonly labelOf: ReadonlyMap<Id, number> },
  place: string,
): { image: number; label: number } {
  const image = imageOf.get(image_id);
  const label = labelOf.get(category_id);
  if (image !== undefined && label !== undefined) return { image, label };
  const missing = image === undefined ? `image_id ${image_id}` : `category_id ${category_id}`;
  const known = image === undefined ? { what: 'images', ids: imageOf } : { what: 'categories', ids: labelOf };
  throw new UserError(
    `${place} has ${missing}, which the file does not describe. Ids of its ${known.what}: ${someOf([...known.ids.keys()])}.`,
  );
}

/** A list for a message, cut short. */
function someOf(ids: readonly (number | string)[]): string {
  const most = 8;
  return ids.slice(0, most).join(', ') + (ids.length > most ? ` and ${ids.length - most} more` : '');
}
