import type { BoxEdges } from '../../boxes/annotations.js';
import type { Box, Size } from '../../boxes/box.js';
import type { Detections } from '../../boxes/detections.js';
import { scaleDetections, translateDetections } from '../../boxes/detections.js';
import type { Area } from '../area/area.js';
import { areaBounds } from '../area/area.js';
import type { GroundSize } from './ground-size.js';
import type { Core } from './plan.js';

/** The part of a scene that is looked at, and the size at which a detector is shown it. */
export interface SceneView {
  /** In pixels of the scene. */
  readonly window: Box;
  /** Of the window, in pixels as the detector sees them: a view's pixels. */
  readonly size: Size;
}

/** Pixels that a detector sees for one of the scene, along rows and across them. */
export interface ViewScale {
  readonly x: number;
  readonly y: number;
}

/**
 * Pixel sizes that differ from the detector's own by no more than this factor are left as they are. Training varies sizes
 * about as much (0.75 to 1.3 for the models of the package), and what is resampled loses sharpness; docs/detection.md
 * has figures.
 */
export const toleratedFactor = 1.25;

/** Factors so near to a whole number are taken for it; projections stretch by less. */
const wholeTolerance = 0.02;

/** A scene this much coarser than what the detector learned from does not show what it looks for. */
export const coarsest = 4;

/**
 * How a scene has to be scaled so that its pixels cover as much ground as those that the detector learned from.
 * @param own metres a pixel of the scene
 * @param learned metres a pixel of the detector's
 * @returns undefined where it may stay as it is
 */
export function viewScale(own: GroundSize, learned: number): ViewScale | undefined {
  const scale = { x: snapped(own.x / learned), y: snapped(own.y / learned) };
  const isNear = (factor: number) => factor <= toleratedFactor && factor >= 1 / toleratedFactor;
  return isNear(scale.x) && isNear(scale.y) ? undefined : scale;
}

/** Two pixels, or half a one, for each: whole factors resample more sharply than those that are off by a trifle. */
function snapped(scale: number): number {
  const factor = scale >= 1 ? scale : 1 / scale;
  const whole = Math.round(factor);
  if (Math.abs(factor - whole) > wholeTolerance * whole) return scale;
  return scale >= 1 ? whole : 1 / whole;
}

export interface ViewOptions {
  readonly scale?: ViewScale;
  readonly area?: Area;
  /** Pixels around the area, as the detector sees them, that it is shown too. */
  readonly margin: number;
  /** Starts of a view are multiples of this, where the scene is not scaled: things lie in it then as in the whole. */
  readonly grid: number;
}

/** What is to be looked at of a scene; undefined where the area lies outside of it. */
export function planView(scene: Size, { scale, area, margin, grid }: ViewOptions): SceneView | undefined {
  const { x, y } = scale ?? { x: 1, y: 1 };
  const unit = scale ? 1 : grid;
  const bounds = area ? areaBounds(area) : ([0, 0, scene.width, scene.height] as const);
  if (!bounds) return undefined;
  const [left, right] = span(bounds[0], bounds[2], area ? margin / x : 0, unit, scene.width);
  const [top, bottom] = span(bounds[1], bounds[3], area ? margin / y : 0, unit, scene.height);
  if (right <= left || bottom <= top) return undefined;
  const window = { left, top, width: right - left, height: bottom - top };
  const size = {
    width: Math.max(1, Math.round(window.width * x)),
    height: Math.max(1, Math.round(window.height * y)),
  };
  return { window, size };
}

function span(from: number, to: number, margin: number, unit: number, length: number): [number, number] {
  if (to < 0 || from > length) return [0, 0];
  const start = Math.max(0, Math.floor((from - margin) / unit) * unit);
  return [start, Math.min(length, Math.ceil(to + margin))];
}

/** Pixels of a view for each pixel of its scene. */
function factorsOf({ window, size }: SceneView): [x: number, y: number] {
  return [size.width / window.width, size.height / window.height];
}

/** Pixels around the core of a tile that may still belong to it: see `keepOwned`. */
const coreMargin = 32;

/** The part of a scene whose objects a tile is responsible for. */
export function coreInScene({ left, top, right, bottom }: Core, view: SceneView): BoxEdges {
  const { window, size } = view;
  const [x, y] = factorsOf(view);
  return [
    window.left + (Math.max(0, left) - coreMargin) / x,
    window.top + (Math.max(0, top) - coreMargin) / y,
    window.left + (Math.min(size.width, right) + coreMargin) / x,
    window.top + (Math.min(size.height, bottom) + coreMargin) / y,
  ];
}

/** The whole pixels of the scene that a tile of a view shows. */
export function sourceWindow(view: SceneView, { left, top, width, height }: Box): Box {
  const { window } = view;
  const [x, y] = factorsOf(view);
  const [startX, startY] = [Math.floor(left / x), Math.floor(top / y)];
  const endX = Math.min(window.width, Math.ceil((left + width) / x));
  const endY = Math.min(window.height, Math.ceil((top + height) / y));
  return {
    left: window.left + startX,
    top: window.top + startY,
    width: endX - startX,
    height: endY - startY,
  };
}

/** From pixels of a tile, as it was shown to the detector, to those of the view. */
export function fromTile(detections: Detections, view: SceneView, tile: Box): Detections {
  const [x, y] = factorsOf(view);
  const shown = sourceWindow(view, tile);
  const scaled = scaleDetections(
    detections,
    (shown.width * x) / tile.width,
    (shown.height * y) / tile.height,
  );
  return translateDetections(scaled, (shown.left - view.window.left) * x, (shown.top - view.window.top) * y);
}

/** From pixels of a view to those of its scene. */
export function fromView(detections: Detections, view: SceneView): Detections {
  const [x, y] = factorsOf(view);
  return translateDetections(scaleDetections(detections, 1 / x, 1 / y), view.window.left, view.window.top);
}
