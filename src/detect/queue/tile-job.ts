import { z } from 'zod';
import { tileRecordSchema } from '../scene/tile-record.js';

/** Name of the queue that tiles of scenes wait in. */
export const tileQueueName = 'vil-tiles';

/** Times a tile is tried before its scene fails. */
export const tileAttempts = 4;

/** Before the second try; each further one waits twice as long. */
export const tileRetryMilliseconds = 1000;

/** Times workers may say that they cannot open the scene or the model, before the tile fails. */
export const tileRefusals = 6;

/**
 * Times the worker of a tile may vanish (killed, out of memory, machine gone) before the tile itself is taken to be the
 * reason: so many workers can a poisoned tile take down, and one more.
 */
export const tileStalls = 2;

/** Everything a worker has to know to look at a tile: a message that stands for itself. */
export const tileJobSchema = z.strictObject({
  version: z.literal(2),
  scene: z.strictObject({
    /** Absolute paths, or addresses: one, or one a band. */
    paths: z.array(z.string().min(1)).min(1),
    fingerprint: z.string(),
    pixelLimit: z.number().positive().optional(),
  }),
  model: z.strictObject({
    /** Name of a model that comes with the package, or absolute path of a folder. */
    name: z.string().min(1),
    fingerprint: z.string(),
  }),
  bands: z.array(z.int().nonnegative()).min(1).max(3),
  stretch: z.strictObject({ low: z.array(z.number()), high: z.array(z.number()) }),
  threshold: z.number().min(0).max(1).optional(),
  /** Score of the first look from which a place is looked at; absent: all of the tile is. */
  firstLook: z.number().min(0).max(1).optional(),
  /** The tile, in pixels of the scene. */
  window: z.strictObject({
    left: z.int().nonnegative(),
    top: z.int().nonnegative(),
    width: z.int().positive(),
    height: z.int().positive(),
  }),
  /** Size that the detector is shown it at; its own by default. */
  size: z.strictObject({ width: z.int().positive(), height: z.int().positive() }).optional(),
  /** Workers that could not open the scene or the model, so far, and what the last of them said. */
  refusals: z.int().nonnegative().optional(),
  refusal: z.string().optional(),
  /** By `signJob`, where submitter and workers share a secret. */
  signature: z.string().optional(),
});

export type TileJob = z.infer<typeof tileJobSchema>;

/** What a worker answers: boxes in pixels of the tile, and a signature where it shares a secret with submitters. */
export const tileAnswerSchema = tileRecordSchema.and(z.object({ signature: z.string().optional() }));

export type TileAnswer = z.infer<typeof tileAnswerSchema>;
