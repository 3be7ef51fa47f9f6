import { basename } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import { groupBy } from '../../src/base/group-by.js';
import type { AnnotationSet } from '../../src/boxes/annotations.js';
import type { ScoredBoxes } from '../../src/boxes/protocol.js';
import { cocoId } from './coco.js';
import { readJson } from './read-text.js';

const number = z.number();
const resultSchema = z.object({
  image_id: cocoId,
  category_id: cocoId,
  bbox: z.tuple([number, number, number.nonnegative(), number.nonnegative()]),
  score: number,
});
const resultsSchema = z.array(resultSchema);
/** A data set of its own whose annotations have scores, as `vil detect` writes it. */
const scoredSetSchema = z.object({
  images: z.array(z.object({ id: cocoId, file_name: z.string() })),
  categories: z.array(z.object({ id: cocoId, name: z.string() })),
  annotations: z.array(resultSchema),
});

type Results = z.infer<typeof resultsSchema>;
type ScoredSet = z.infer<typeof scoredSetSchema>;

/** One detection as COCO's tools write it (cocodataset.org/#format-results). */
export type CocoResult = z.infer<typeof resultSchema>;

/**
 * Reads detections in COCO's results format, whose ids are those of the labels; or as a data set of its own, whose images
 * and classes are found by their names. Of classes that the labels do not have they count class-agnostically only.
 * @param set labels; for results without names from a COCO file, whose ids they use
 * @returns one entry an image of the set, in its order
 * @throws UserError naming the file and the field that is wrong, or the result whose image or category is
 * unknown
 */
export async function readCocoResults(path: string, set: AnnotationSet): Promise<ScoredBoxes[]> {
  const content = await readJson<Results | ScoredSet>(path, formOf, 'list of COCO results');
  const results = Array.isArray(content) ? content : content.annotations;
  const columns = set.images.map(() => ({
    boxes: [] as number[],
    scores: [] as number[],
    classes: [] as number[],
  }));
  const { imageOf, labelOf } = Array.isArray(content) ? idsOf(set) : idsByName(content, set, path);
  for (const [index, { image_id, category_id, bbox, score }] of results.entries()) {
    const [image, label] = [imageOf.get(image_id), labelOf.get(category_id)];
    if (image === undefined || label === undefined) {
      const missing = image === undefined ? `image_id ${image_id}` : `category_id ${category_id}`;
      throw new UserError(`${path}: [${index}] has ${missing}, which the labels do not describe.`);
    }
    const [left, top, width, height] = bbox;
    columns[image]!.boxes.push(left, top, left + width, top + height);
    columns[image]!.scores.push(score);
    columns[image]!.classes.push(label);
  }
  return columns.map((own) => ({ ...own, count: own.scores.length }));
}

function formOf(json: unknown): z.ZodType<Results | ScoredSet> {
  const isSet = typeof json === 'object' && json !== null && 'annotations' in json;
  return isSet ? scoredSetSchema : resultsSchema;
}

interface Ids {
  readonly imageOf: ReadonlyMap<number | string | undefined, number>;
  readonly labelOf: ReadonlyMap<number | string, number>;
}

function idsOf({ images, categoryIds }: AnnotationSet): Ids {
  return {
    imageOf: new Map(images.map(({ id }, index) => [id, index])),
    labelOf: new Map(categoryIds?.map((id, index) => [id, index])),
  };
}

/** @throws UserError for an image that the labels do not describe, or several of them may be */
function idsByName({ images, categories }: ScoredSet, set: AnnotationSet, path: string): Ids {
  const byName = groupBy([...set.images.keys()], (index) => basename(set.images[index]!.path));
  const imageOf = new Map<number | string, number>();
  for (const { id, file_name } of images) {
    const found = byName.get(basename(file_name)) ?? [];
    if (found.length !== 1) {
      const what = found.length === 0 ? 'do not describe' : 'have more than once';
      throw new UserError(`${path} has the image ${file_name}, which the labels ${what}.`);
    }
    imageOf.set(id, found[0]!);
  }
  return { imageOf, labelOf: new Map(categories.map(({ id, name }) => [id, set.labels.indexOf(name)])) };
}

/**
 * Detections in COCO's results format, e.g. for pycocotools. Those of classes that the set does not have are
 * left out.
 * @param found one entry an image of the set, upright boxes
 * @throws UserError when the set numbers neither images nor classes: it is no COCO file's
 */
export function toCocoResults(set: AnnotationSet, found: readonly ScoredBoxes[]): CocoResult[] {
  const { categoryIds, images } = set;
  if (!categoryIds)
    throw new UserError('Only labels in the COCO format have the ids that COCO results need.');
  return found.flatMap(({ count, boxes, scores, classes }, image) =>
    Array.from({ length: count }, (_, index): CocoResult | undefined => {
      const category_id = categoryIds[classes[index]!];
      if (category_id === undefined) return undefined;
      const [left, top] = [boxes[4 * index]!, boxes[4 * index + 1]!];
      const bbox: CocoResult['bbox'] = [left, top, boxes[4 * index + 2]! - left, boxes[4 * index + 3]! - top];
      return { image_id: images[image]!.id!, category_id, bbox, score: scores[index]! };
    }).filter((result) => result !== undefined),
  );
}
