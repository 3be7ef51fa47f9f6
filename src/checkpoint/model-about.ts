/** What a model folder says of its model for people, and how its scores are to be read. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

const figureSchema = z.strictObject({
  /** What was measured, e.g. AP50 or accuracy. */
  measure: z.string().min(1),
  /** 0 to 1. */
  value: share,
  /** 95 %, over the images. */
  interval: z.tuple([share, share]).optional(),
  /** Of which images, e.g. "13 test tiles, classes as one". */
  of: z.string().min(1),
});

/** What people want to know before they use a model. */
export const modelAboutSchema = z.strictObject({
  /** One line: what it finds or tells apart, in what. */
  summary: z.string().min(1).max(200),
  /** Of the weights: an SPDX identifier, or a sentence where there is none. */
  licence: z.string().min(1),
  figures: z.array(figureSchema).default([]),
});
export type ModelAbout = z.infer<typeof modelAboutSchema>;

/** Where a detector draws the line between an object and none, as images that it had not learned from chose it. */
export const operatingPointSchema = z.strictObject({
  /** The score from which on something counts as found, unless the user says otherwise. 0 to 1. */
  threshold: share,
  /** On the images that chose it, all classes as one, IoU 0.5. */
  precision: share,
  recall: share,
  /** Which images chose it. */
  chosenOn: z.string().min(1),
});
export type ChosenOperatingPoint = z.infer<typeof operatingPointSchema>;
