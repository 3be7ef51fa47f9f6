import { z } from 'zod';
import {
  detectionHeadSchema,
  detectorConfigSchema,
  suppressionSchema,
} from '../../../models/detector-config.js';
import { colourSchema, positiveInteger, probability, range, runSchema } from '../run-config.js';

/** Where labelled images are. */
const labelledSchema = z.strictObject({
  /** As `readAnnotations` takes them: a file in COCO's format, or a folder in DOTA's, YOLO's or Pascal VOC's. */
  labels: z.string().min(1),
  /** Folder of the images, where it is not the format's usual one. */
  images: z.string().min(1).optional(),
  /** Leave out objects with unknown ids, wrong lines and images that cannot be read, and say how many, instead of stopping. */
  skipWrong: z.boolean().default(false),
});

const augmentSchema = z.strictObject({
  horizontalFlip: z.boolean().default(true),
  /** For images without an up, such as aerial ones. */
  verticalFlip: z.boolean().default(true),
  /** By multiples of 90 degrees. */
  rotations: z.boolean().default(true),
  /** Factor on the size of things. */
  scale: range.default([0.8, 1.25]),
  colour: colourSchema.optional(),
  /** Probability that an input is a mosaic of four windows. */
  mosaic: probability.default(0),
});

const fieldsSchema = runSchema.extend({
  task: z.literal('detection'),
  data: labelledSchema,
  /** Labelled images to validate on; absent: `validationShare` of those in `data`. */
  validation: labelledSchema.optional(),
  validationShare: probability.default(0.1),
  /** What to build on the weights of `model`; absent: what that has. Of a detector, all weights that fit are taken. */
  backbone: detectorConfigSchema.shape.backbone.optional(),
  head: detectionHeadSchema.optional(),
  /** Of the model made; by default that of the detector it starts from. */
  suppression: suppressionSchema.optional(),
  /**
   * none: the model sees images at their full resolution, and learns from windows of them; stretch: it sees each image
   * whole, brought to `imageSize` whatever its aspect ratio. The model made does the same to what it is given.
   */
  resize: z.enum(['none', 'stretch']).default('none'),
  /**
   * Side in pixels of the windows that images are cut into, unless they are stretched. Inputs of `imageSize` are taken
   * from anywhere in a window, or around it where it is smaller.
   */
  window: positiveInteger.optional(),
  /** Pixels that neighbouring windows share. */
  overlap: z.int().min(0).default(0),
  /** Share of the windows without objects that are kept. */
  keepEmpty: probability.default(0.25),
  /**
   * Share of the windows below which a class counts as rare; windows with rare classes are shown more often, by the root of
   * what is missing (LVIS). 0: all alike.
   */
  balance: probability.default(0),
  augment: augmentSchema.prefault({}),
  /**
   * Metres on the ground that a pixel of the images covers, which the model made is to know. By default what the images say, if
   * they are of one resolution.
   */
  gsd: z.number().positive().optional(),
});

/** Detection: windows of labelled images, or the images whole; see configs/ for examples. */
export const detectionConfigSchema = fieldsSchema
  .refine(({ resize, window }) => resize === 'stretch' || window !== undefined, {
    path: ['window'],
    error: 'how large the windows are that images are cut into',
  })
  .refine(({ resize, gsd }) => resize === 'none' || gsd === undefined, {
    path: ['gsd'],
    error: 'stretched images have no ground sampling distance of their own: leave it out',
  })
  .refine(({ resize, window, overlap }) => resize === 'none' || (window === undefined && overlap === 0), {
    path: ['resize'],
    error: 'stretched images are seen whole: leave out `window` and `overlap`',
  });
export type DetectionConfig = z.infer<typeof detectionConfigSchema>;
