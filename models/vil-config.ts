import { z } from 'zod';
import { UserError } from '../src/base/errors.js';
import { parseArchitecture } from './architecture.js';
import type { TransformerParts } from './vil-parts.js';
import { partsSchema } from './vil-parts.js';
import { exactSchema, modeSchema } from './window-codes.js';

const side = z.int().positive();

/** A Vision Longformer (Zhang et al., ICCV 2021). Defaults are those of the published models. */
export const vilConfigSchema = z
  .strictObject({
    type: z.literal('vil'),
    /** Stages in the paper's notation. */
    arch: z.string().superRefine((text, context) => {
      try {
        parseArchitecture(text);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
      }
    }),
    /** 0: a model of features, without a classifier. */
    classes: z.int().min(0),
    /**
     * Height and width in pixels of the images that position and full-attention bias tables were made for.
     */
    imageSize: z.tuple([side, side]),
    /** Global tokens use the local ones' projections in windowed attention. */
    shareGlobalProjections: z.boolean().default(true),
    /** Layer norm after the patch embedding. */
    normEmbed: z.boolean().default(true),
    /** Which keys of the chunks around it a token sees, see `WindowRule`; a number in config.json. */
    exact: exactSchema.default('chunks'),
    /**
     * Which chunks a token sees, see `ChunkMode`; a number in config.json. Any one neighbour stands for a
     * random one in training and for all nine chunks otherwise.
     */
    mode: modeSchema.default('all'),
    /** Local tokens attend to the global tokens alone. */
    onlyGlobal: z.boolean().default(false),
    /** Classify the mean of all tokens even where there is a global one. */
    averagePool: z.boolean().default(false),
    /**
     * Absolute positions as a table of rows and one of columns (the paper), or one for the whole grid (ViT),
     * both stretched to other grids; or one for the whole grid that repeats, so that what a token sees does
     * not depend on the size of the image; or none, where positions are rotary or those of relative bias.
     */
    positionTable: z.enum(['separable', 'full', 'repeated', 'none']).default('separable'),
    /** Parts of a model that was converted from another transformer; absent: those of Vision Longformer. */
    parts: partsSchema.optional(),
  })
  .refine(({ exact, mode }) => exact !== 'distance' || mode === 'all', {
    path: ['mode'],
    error: 'must be 0 when exact is 1: windows by distance are defined over all nine chunks',
  })
  .refine(({ parts, arch }) => !parts || !arch.includes('_'), {
    path: ['parts'],
    error: 'are those of a model of one stage',
  })
  .refine(({ parts }) => !parts?.pool?.includes('attention') || parts.attentionPool !== undefined, {
    path: ['parts', 'attentionPool'],
    error: 'is needed by the pool "attention"',
  });

/** Parts of a model without any of its own. */
const usualParts = partsSchema.parse({});

/** The parts of a model, those of Vision Longformer where it names none. */
export function partsOf({ parts }: Pick<VisionLongformerConfig, 'parts'>): TransformerParts {
  return parts ?? usualParts;
}

export type VisionLongformerConfig = z.infer<typeof vilConfigSchema>;
/** What a caller must say of a Vision Longformer; the rest has defaults. */
export type VisionLongformerOptions = z.input<typeof vilConfigSchema>;
