import { z } from 'zod';
import { tableResizeSchema } from './vil-parts.js';

/** A plain vision transformer (Dosovitskiy et al. 2021; sizes as in DeiT). */
export const vitConfigSchema = z
  .strictObject({
    type: z.literal('vit'),
    /** Side of a patch, in pixels. */
    patch: z.int().positive(),
    width: z.int().positive(),
    /** Number of blocks. */
    depth: z.int().positive(),
    heads: z.int().positive(),
    /** 0: a model of features, without a classifier. */
    classes: z.int().min(0),
    /** Height and width in pixels of the images that the position table was made for. */
    imageSize: z.tuple([z.int().positive(), z.int().positive()]),
    /** Hidden width of the MLP, in widths of the model. */
    mlpRatio: z.number().positive().default(4),
    /** How the position table is fitted to other grids; absent: `bicubic`. */
    tableResize: tableResizeSchema.optional(),
  })
  .refine(({ width, heads }) => width % heads === 0, {
    path: ['heads'],
    error: ({ input }) =>
      `width ${(input as { width: number }).width} must be a multiple of the number of heads`,
  })
  .refine(({ imageSize, patch }) => imageSize.every((side) => side >= patch), {
    path: ['imageSize'],
    error: 'must be at least one patch high and wide',
  });

export type VitConfig = z.infer<typeof vitConfigSchema>;
