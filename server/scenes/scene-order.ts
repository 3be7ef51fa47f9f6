import { z } from 'zod';
import { placedAreaSchema } from '../../src/detect/area/area-in-scene.js';
import { mergeNames } from '../../src/detect/scene/merge.js';
import { selectionSchema } from '../../src/detect/scene/selection.js';

/** What a client may say about how its scene is searched; a classifier takes none of it. */
export const sceneSettingsSchema = z.strictObject({
  /** Lowest score of an object. */
  threshold: z.number().min(0).max(1).optional(),
  /** Pixels that neighbouring tiles share. */
  overlap: z.int().min(0).max(4096).optional(),
  /** Side of a tile in pixels. */
  tileSize: z.int().min(32).max(4096).optional(),
  merge: z.enum(mergeNames).optional(),
  /** Whether a first look decides what is looked at, or from which score of it. */
  firstLook: z.union([z.boolean(), z.number().min(0).max(1)]).optional(),
  /** What of the scene is read and searched. */
  area: placedAreaSchema.optional(),
  /** Which of the objects found are wanted. */
  selection: selectionSchema.optional(),
  /** Metres on the ground that a pixel covers. */
  gsd: z.number().positive().optional(),
  /** false: the scene is left at its own resolution. */
  resample: z.boolean().optional(),
});

export type SceneSettings = z.infer<typeof sceneSettingsSchema>;

export const sceneTaskSchema = z.enum(['classify', 'detect']);
export type SceneTask = z.infer<typeof sceneTaskSchema>;

/** A job as it was accepted; `order.json` of its folder. Never changes, but see `withOwnerId`. */
export const sceneOrderSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  /** Name of the key it came with, where one was asked for. */
  owner: z.string().optional(),
  /** The key's id, which it belongs to. Absent with `owner` only where it was accepted by a version that knew no ids. */
  ownerId: z.string().optional(),
  /** What the client calls the scene. */
  name: z.string(),
  model: z.string(),
  task: sceneTaskSchema,
  settings: sceneSettingsSchema,
  /** When it was accepted. */
  created: z.iso.datetime(),
  /** Size of the upright image, in pixels. */
  width: z.int().positive(),
  height: z.int().positive(),
});

export type SceneOrder = z.infer<typeof sceneOrderSchema>;

/** Why a job failed, as its problem document tells it. */
export const sceneFailureSchema = z.strictObject({
  status: z.int(),
  code: z.string(),
  detail: z.string(),
});

export type SceneFailure = z.infer<typeof sceneFailureSchema>;

/** How a job ended; `end.json` of its folder, which an unfinished one lacks. */
export const sceneEndSchema = z.strictObject({
  status: z.enum(['done', 'failed', 'cancelled']),
  started: z.iso.datetime().optional(),
  finished: z.iso.datetime(),
  /** Tiles that the scene was cut into. */
  tiles: z.int().nonnegative(),
  error: sceneFailureSchema.optional(),
});

export type SceneEnd = z.infer<typeof sceneEndSchema>;

/** Names of the files in a job's folder. */
export const sceneFiles = {
  order: 'order.json',
  end: 'end.json',
  /** The image as it was sent. */
  image: 'image',
  /** Folder of the journal of finished tiles. */
  journal: 'tiles',
  /** Times the job was begun without getting any further. */
  attempts: 'attempts.json',
  result: 'result.json',
  /** [rows, columns] of a classifier's attention, float32. */
  attention: 'attention.f32',
  /** Folder of the deep zoom tiles. */
  pyramid: 'pyramid',
  heat: 'attention.png',
} as const;
