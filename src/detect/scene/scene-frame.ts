import type { Area } from '../area/area.js';
import { areaInScene } from '../area/area-in-scene.js';
import type { GroundSize } from './ground-size.js';
import { groundSizeOf } from './ground-size.js';
import type { CheckedOptions, SceneSettings } from './scene-options.js';
import type { SceneView, ViewScale } from './view.js';
import { coarsest, planView, viewScale } from './view.js';

/** Which part of a scene the detector is shown, and at which size. */
export interface SceneFrame {
  /** Undefined where the area lies outside the scene. */
  readonly view?: SceneView;
  /** In pixels of the scene. */
  readonly area?: Area;
  /** Metres that a pixel of the scene covers, where that is known. */
  readonly groundSize?: GroundSize;
  /** What people should know about it, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Decides which part of a scene the detector is shown, and at which size, before any of it is read.
 * @throws UserError for an area that cannot be placed in the scene
 */
export function frameScene(options: SceneSettings, { overlap, gsd }: CheckedOptions): SceneFrame {
  const { source, detector, sourceCrs } = options;
  const area =
    options.area && 'crs' in options.area ? areaInScene(options.area, source, sourceCrs) : options.area;
  const groundSize = gsd === undefined ? groundSizeOf(source, sourceCrs) : { x: gsd, y: gsd };
  const { scale, note } = scaleFor(options, groundSize);
  const { grid = detector.stride } = detector;
  const view = planView(source, { scale, area, margin: Math.ceil(overlap / 2), grid });
  const notes = note === undefined ? [] : [note];
  if (!view) notes.push('the area lies outside the scene: nothing was searched.');
  return { view, area, groundSize, notes };
}

function scaleFor(
  { detector, resample = true }: SceneSettings,
  groundSize: GroundSize | undefined,
): { scale?: ViewScale; note?: string } {
  const learned = detector.gsd;
  if (learned === undefined) return {};
  const usual = `the model learned from images of ${metres(learned)} a pixel`;
  if (!groundSize) {
    const advice = 'if this scene is of another resolution, give it with --gsd.';
    return { note: `the size of a pixel on the ground is not known; ${usual}: ${advice}` };
  }
  const scale = viewScale(groundSize, learned);
  if (!scale) return {};
  const own = `a pixel covers ${sizeText(groundSize)}, and ${usual}`;
  if (!resample) return { note: `${own}: objects may be missed or found where there are none.` };
  if (Math.max(scale.x, scale.y) <= coarsest)
    return { scale, note: `${own}: the scene is resampled to that.` };
  return {
    note: `${own}: at this resolution its objects are too small to be seen. The scene is not resampled.`,
  };
}

function sizeText({ x, y }: GroundSize): string {
  return metres(x) === metres(y) ? metres(x) : `${metres(x)} by ${metres(y)}`;
}

function metres(value: number): string {
  return `${Number(value.toPrecision(3))} m`;
}
