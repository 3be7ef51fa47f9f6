import { z } from 'zod';

const side = z.int().positive();

/** How tables of positions are fitted to other grids, see `Interpolation`; families differ. */
export const tableResizeSchema = z.enum(['bicubic', 'bicubic-plain', 'bicubic-offset']);

/** Rotary positions (Su et al. 2021) of rows and columns; see `rotaryTables`. */
export const ropeSchema = z.strictObject({
  /** The longest period over the shortest one. */
  base: z.number().positive(),
  /**
   * What an angle counts: `centred` from -2 pi to 2 pi over the whole image, whatever its size (DINOv3);
   * `index` the rows and columns, stretched so that an image has those of `reference` (EVA-02).
   */
  coordinates: z.enum(['centred', 'index']),
  /** Added to the numbers of rows and columns. */
  offset: z.number().default(0),
  /** Rows and columns that `index` stretches every image to; absent: no stretching. */
  reference: z.tuple([side, side]).optional(),
});
export type RopeConfig = z.infer<typeof ropeSchema>;

/** Tokens, or means of tokens, that the classifier sees; several are laid side by side. */
export const poolSchema = z.enum(['first', 'second', 'patches', 'tokens', 'attention']);
export type Pool = z.infer<typeof poolSchema>;

export const activationSchema = z.enum(['gelu', 'gelu_tanh', 'quick_gelu', 'silu', 'relu']);
export type Activation = z.infer<typeof activationSchema>;

/**
 * The parts in which vision transformers differ. Defaults are those of the published Vision Longformers. What families scale
 * or shift by a constant is not here: conversion multiplies it into the weights.
 */
export const partsSchema = z.strictObject({
  /** Of all norms. */
  epsilon: z.number().positive().default(1e-6),
  /** `rms`: norms do not subtract the mean. */
  norm: z.enum(['layer', 'rms']).default('layer'),
  /** A norm of all tokens before the first block (CLIP). */
  preNorm: z.boolean().default(false),
  /** Of the MLPs. */
  activation: activationSchema.default('gelu'),
  /** The hidden layer of MLPs is multiplied by an activated one beside it (SwiGLU: Shazeer 2020). */
  gated: z.boolean().default(false),
  /** Width of the MLPs' hidden layer; absent: four times the model's. */
  hidden: side.optional(),
  /** A norm of the MLPs' hidden layer (EVA-02). */
  hiddenNorm: z.boolean().default(false),
  rope: ropeSchema.optional(),
  /** How the table of positions is fitted to other grids. */
  tableResize: tableResizeSchema.default('bicubic'),
  /** What the classifier sees; absent: the first global token, or the mean of all tokens. */
  pool: z.array(poolSchema).min(1).optional(),
  /** The first global token is a class token, rather than a register. */
  hasClassToken: z.boolean().default(true),
  /** The last norm is that of all tokens, or of what they were pooled to, or there is none. */
  poolNorm: z.enum(['tokens', 'pooled', 'none']).default('tokens'),
  /** Of the pool `attention`: a learned query over all tokens, with an MLP behind it where `hidden` is given. */
  attentionPool: z
    .strictObject({ heads: side, hidden: side.optional(), activation: activationSchema.default('gelu') })
    .optional(),
  /** Width to which what is pooled is projected, as CLIP does into the space of texts. */
  projection: side.optional(),
});
/** What fixes a transformer beyond the settings of a Vision Longformer. */
export type TransformerParts = z.infer<typeof partsSchema>;
