import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../src/base/write-atomically.js';
import { detectionColumns, toColumns } from '../../src/boxes/detection-columns.js';
import type { AttentionMap } from '../../src/classify/attention-map.js';
import type { Classification } from '../../src/classify/classifier.js';
import type { SceneResult } from '../../src/detect/scene/detect-scene.js';
import { sceneFiles } from './scene-order.js';

const common = { version: z.literal(1), tiles: z.int().nonnegative(), seconds: z.number().nonnegative() };

const detectionSchema = z.strictObject({
  ...common,
  task: z.literal('detect'),
  labels: z.array(z.string()),
  tileSize: z.int().nonnegative(),
  overlap: z.int().nonnegative(),
  /** With a first look: windows of the tiles, and how many were looked at in full. */
  look: z.strictObject({ windows: z.int(), looked: z.int() }).optional(),
  /** Before those that are not wanted were left out; results of earlier versions do not say it. */
  foundObjects: z.int().nonnegative().optional(),
  /** What people should know of how the scene was searched. */
  notes: z.array(z.string()).default([]),
  ...detectionColumns,
});

const classificationSchema = z.strictObject({
  ...common,
  task: z.literal('classify'),
  /** Of all labels, best first. */
  predictions: z.array(z.strictObject({ label: z.string(), score: z.number() })),
  /** Shape and place of the map in `attention.f32`. */
  attention: z
    .strictObject({
      rows: z.int().positive(),
      columns: z.int().positive(),
      box: z.strictObject({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }),
    })
    .optional(),
});

const resultSchema = z.discriminatedUnion('task', [detectionSchema, classificationSchema]);

/** What was found in a scene, as `result.json` of its folder holds it: numbers as they are, to be written in any format. */
export type StoredResult = z.infer<typeof resultSchema>;
export type StoredDetections = z.infer<typeof detectionSchema>;
export type StoredClassification = z.infer<typeof classificationSchema>;

export async function writeDetections(
  folder: string,
  labels: readonly string[],
  { detections, tileSize, overlap, tiles, look, foundObjects, seconds }: SceneResult,
  notes: readonly string[],
): Promise<StoredResult> {
  return writeResult(folder, {
    version: 1,
    task: 'detect',
    labels: [...labels],
    tileSize,
    overlap,
    foundObjects,
    notes: [...notes],
    tiles,
    look,
    seconds,
    ...toColumns(detections),
  });
}

export async function writeClassification(
  folder: string,
  { labels, attention, tiles, seconds }: Classification,
): Promise<StoredResult> {
  if (attention) {
    const { data } = attention;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeAtomically(join(folder, sceneFiles.attention), bytes);
  }
  const { rows, columns, box } = attention ?? {};
  const place = attention && { rows: rows!, columns: columns!, box: box! };
  const predictions = labels.map(({ label, score }) => ({ label, score }));
  return writeResult(folder, { version: 1, task: 'classify', predictions, tiles, seconds, attention: place });
}

async function writeResult(folder: string, result: StoredResult): Promise<StoredResult> {
  await writeAtomically(join(folder, sceneFiles.result), JSON.stringify(result));
  return result;
}

/** @returns undefined where there is none yet */
export async function readResult(folder: string): Promise<StoredResult | undefined> {
  const text = await readFile(join(folder, sceneFiles.result), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : resultSchema.parse(JSON.parse(text));
}

export async function readAttention(
  folder: string,
  { attention }: StoredClassification,
): Promise<AttentionMap | undefined> {
  if (!attention) return undefined;
  const bytes = await readFile(join(folder, sceneFiles.attention));
  const { rows, columns, box } = attention;
  return { data: new Float32Array(new Uint8Array(bytes).buffer), rows, columns, box };
}
