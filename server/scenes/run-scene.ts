import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageClassifier } from '../../src/classify/classifier.js';
import type { Detector } from '../../src/detect/detector.js';
import { detectScene } from '../../src/detect/scene/detect-scene.js';
import type { SceneProgress } from '../../src/detect/scene/scene-options.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import type { SceneOrder } from './scene-order.js';
import { sceneFiles } from './scene-order.js';
import { readResult, writeClassification, writeDetections } from './scene-result.js';

/** A model that scenes are run through. */
export type LoadedModel =
  | { readonly task: 'detect'; readonly detector: Detector; readonly fingerprint: string }
  | { readonly task: 'classify'; readonly classifier: ImageClassifier };

export interface SceneRunOptions {
  readonly model: LoadedModel;
  /** Bytes that a pass of a detector may take, to choose the size of tiles. */
  readonly memoryBytes?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SceneProgress) => void;
}

/**
 * Runs the job in a folder to its end, which is `result.json`: from where an earlier run was ended, if there was one.
 * @returns tiles that the scene was cut into
 * @throws UserError when the image cannot be read; the signal's reason when it aborts
 */
export async function runScene(folder: string, order: SceneOrder, options: SceneRunOptions): Promise<number> {
  const finished = await readResult(folder);
  const { tiles } = finished ?? (await compute(folder, order, options));
  options.onProgress({ done: tiles, total: tiles });
  return tiles;
}

function compute(folder: string, order: SceneOrder, options: SceneRunOptions) {
  const { model } = options;
  return model.task === 'detect'
    ? detect(folder, order, model, options)
    : classify(folder, order, model.classifier, options);
}

async function detect(
  folder: string,
  { settings }: SceneOrder,
  { detector, fingerprint }: Extract<LoadedModel, { task: 'detect' }>,
  { memoryBytes, signal, onProgress }: SceneRunOptions,
) {
  const source = await openRaster(join(folder, sceneFiles.image));
  try {
    const { threshold, overlap, tileSize, merge, area, selection, gsd, resample, firstLook } = settings;
    const notes: string[] = [];
    const result = await detectScene({
      source,
      detector,
      modelFingerprint: fingerprint,
      threshold,
      overlap,
      tileSize,
      firstLook,
      merge: merge && { type: merge },
      area,
      selection,
      gsd,
      resample,
      memoryBytes,
      stateFolder: join(folder, sceneFiles.journal),
      signal,
      onProgress,
      onNote: (note) => notes.push(note),
    });
    return await writeDetections(folder, detector.labels, result, notes);
  } finally {
    await source.close();
  }
}

async function classify(
  folder: string,
  { width, height }: SceneOrder,
  classifier: ImageClassifier,
  { signal, onProgress }: SceneRunOptions,
) {
  // What a killed run may have left belongs to no result.
  await rm(join(folder, sceneFiles.attention), { force: true });
  const result = await classifier.classify(join(folder, sceneFiles.image), {
    topK: classifier.labels.length,
    attention: true,
    pixelLimit: width * height,
    signal,
    onTile: (done, total) => onProgress({ done, total }),
  });
  return writeClassification(folder, result);
}
