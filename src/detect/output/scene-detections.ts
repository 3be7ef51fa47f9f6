import type { Size } from '../../boxes/box.js';
import type { Detections } from '../../boxes/detections.js';
import type { Georeference } from '../../geo/georeference.js';

/** What is written about a scene. */
export interface SceneDetections extends Size {
  /** Of the file, without its folders. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly georeference?: Georeference;
  /** In pixels of the scene. */
  readonly detections: Detections;
}

/** A score as it is written: six decimals tell float32 scores apart where it matters. */
export function writtenScore(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}

/** A pixel coordinate as it is written: to a hundredth. */
export function writtenPixel(value: number): number {
  return Math.round(value * 100) / 100;
}
