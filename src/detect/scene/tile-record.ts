import { z } from 'zod';
import type { Detections } from '../../boxes/detections.js';
import type { LookedAt } from '../detector.js';

/** What was found in a tile. */
export interface TileResult {
  /** Whether there was nothing to see in it. */
  readonly empty: boolean;
  /** With a first look, how much of it was looked at in full. */
  readonly look?: LookedAt;
  readonly detections: Detections;
}

/** A tile's result as JSON. Numbers are written so that they read back bit by bit. */
export const tileRecordSchema = z
  .object({
    empty: z.boolean(),
    look: z.object({ windows: z.int().nonnegative(), looked: z.int().nonnegative() }).optional(),
    boxes: z.array(z.number()),
    angles: z.array(z.number()).optional(),
    scores: z.array(z.number()),
    classes: z.array(z.int().nonnegative()),
  })
  .refine(
    ({ boxes, angles, scores, classes }) =>
      boxes.length === 4 * scores.length &&
      classes.length === scores.length &&
      (angles?.length ?? scores.length) === scores.length,
    'boxes, angles, scores and classes are of different numbers of objects',
  );

export type TileRecord = z.infer<typeof tileRecordSchema>;

export function toTileRecord({ empty, look, detections }: TileResult): TileRecord {
  const { boxes, angles, scores, classes } = detections;
  return {
    empty,
    look,
    boxes: Array.from(boxes),
    angles: angles && Array.from(angles),
    scores: Array.from(scores),
    classes: Array.from(classes),
  };
}

export function fromTileRecord({ empty, look, boxes, angles, scores, classes }: TileRecord): TileResult {
  const detections = {
    count: scores.length,
    boxes: Float32Array.from(boxes),
    angles: angles && Float32Array.from(angles),
    scores: Float32Array.from(scores),
    classes: Int32Array.from(classes),
  };
  return { empty, look, detections };
}
