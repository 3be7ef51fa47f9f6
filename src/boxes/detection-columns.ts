import { z } from 'zod';
import type { Detections } from './detections.js';

/** Members of a JSON object that holds `Detections`: numbers that read back bit by bit. */
export const detectionColumns = {
  boxes: z.array(z.number()),
  angles: z.array(z.number()).optional(),
  scores: z.array(z.number()),
  classes: z.array(z.int()),
};

export const detectionColumnsSchema = z.strictObject(detectionColumns);

export type DetectionColumns = z.infer<typeof detectionColumnsSchema>;

export function toColumns({ boxes, angles, scores, classes }: Detections): DetectionColumns {
  return {
    boxes: Array.from(boxes),
    angles: angles && Array.from(angles),
    scores: Array.from(scores),
    classes: Array.from(classes),
  };
}

export function fromColumns({ boxes, angles, scores, classes }: DetectionColumns): Detections {
  return {
    count: scores.length,
    boxes: Float32Array.from(boxes),
    angles: angles && Float32Array.from(angles),
    scores: Float32Array.from(scores),
    classes: Int32Array.from(classes),
  };
}
