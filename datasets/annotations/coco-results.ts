import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import type { AnnotationSet } from '../../src/boxes/annotations.js';
import type { ScoredBoxes } from '../../src/boxes/protocol.js';
import { cocoId } from './coco.js';
import { readJson } from './read-text.js';

const number = z.number();
const resultsSchema = z.array(
  z.object({
    image_id: cocoId,
    category_id: cocoId,
    bbox: z.tuple([number, number, number.nonnegative(), number.nonnegative()]),
    score: number,
  }),
);

/** One detection as COCO's tools write it (cocodataset.org/#format-results). */
export type CocoResult = z.infer<typeof resultsSchema>[number];

/**
 * Reads detections in COCO's results format.
 * @param set labels from a COCO file, whose ids the results use
 * @returns one entry an image of the set, in its order
 * @throws UserError naming the file and the field that is wrong, or the result whose image or category is
 * unknown
 */
export async function readCocoResults(path: string, set: AnnotationSet): Promise<ScoredBoxes[]> {
  const results = await readJson(path, resultsSchema, 'list of COCO results');
  const columns = set.images.map(() => ({
    boxes: [] as number[],
    scores: [] as number[],
    classes: [] as number[],
  }));
  const imageOf = new Map(set.images.map(({ id }, index) => [id, index]));
  const labelOf = new Map(set.categoryIds?.map((id, index) => [id, index]));
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
