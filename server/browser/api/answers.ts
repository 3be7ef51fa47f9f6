/* What the server answers, taken from the schemas that it is described by: types alone, which cost the page nothing. */
import type { z } from 'zod';
import type { classificationSchema } from '../../routes/classify.js';
import type { detectionsSchema } from '../../routes/detect.js';
import type { modelSchema } from '../../routes/models.js';
import type { sceneEventNames } from '../../scenes/scene-events.js';
import type { SceneStatus } from '../../scenes/scene-status.js';

export type Model = z.output<typeof modelSchema>;
export type Scene = SceneStatus;
export type SceneEventName = (typeof sceneEventNames)[number];

/** One object that was found. */
export type Detection = z.output<typeof detectionsSchema>['predictions'][number];
export type LabelScore = z.output<typeof classificationSchema>['predictions'][number];

/** What the results of both tasks say of the work. */
interface Work {
  readonly tiles: number;
  /** Seconds. */
  readonly timings: { readonly total: number };
}

/** A detector's result for a scene, as JSON. */
export interface DetectionResult extends Work {
  /** Best first. */
  readonly predictions: readonly Detection[];
  /** All that the model knows. */
  readonly labels: readonly string[];
}

/** A classifier's result for a scene, as JSON. */
export interface ClassificationResult extends Work {
  /** Best first. */
  readonly predictions: readonly LabelScore[];
}
