import { z } from 'zod';
import { vilConfigSchema } from './vil-config.js';
import { vitConfigSchema } from './vit-config.js';

const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

/** The dense detection head and the feature pyramid under it. */
export const detectionHeadSchema = z.strictObject({
  /** Pixels between the cells of each level, finest first, each twice the one before it. */
  strides: z
    .array(z.int().min(2).refine(isPowerOfTwo, 'must be a power of two'))
    .min(1)
    .refine((all) => all.every((stride, level) => level === 0 || stride === 2 * all[level - 1]!), {
      error: 'each stride must be twice the one before it',
    }),
  /** Channels of the pyramid and of the head. */
  channels: z.int().positive().default(64),
  /** 3 x 3 convolutions that all levels share, before boxes and scores are predicted. */
  convolutions: z.int().min(0).default(2),
  /** Boxes with an angle. */
  oriented: z.boolean().default(false),
  /**
   * The longest side, in cells, of the objects that a level is for; the coarsest level takes all larger ones.
   */
  cellsPerObject: z.number().positive().default(12),
});

/**
 * How overlapping boxes are reduced, whatever their classes: boxes that find the same object as a better one
 * are removed.
 */
export const suppressionSchema = z.strictObject({
  /** Boxes with a larger intersection over union with a better one are removed. */
  iou: z.number().min(0).max(1).default(0.5),
  /**
   * Boxes with a larger intersection over union than this take part in placing the box that stays; 1: none
   * does.
   */
  vote: z.number().min(0).max(1).default(0.5),
});

/**
 * An anchor-free dense detector over a backbone. `classes` of the backbone has no effect, since its
 * classifier is left out.
 */
export const detectorConfigSchema = z.strictObject({
  type: z.literal('detector'),
  backbone: z.discriminatedUnion('type', [vilConfigSchema, vitConfigSchema]),
  head: detectionHeadSchema,
  classes: z.int().positive(),
  suppression: suppressionSchema.prefault({}),
});

export type DetectionHeadConfig = z.infer<typeof detectionHeadSchema>;
export type DetectorConfig = z.infer<typeof detectorConfigSchema>;
