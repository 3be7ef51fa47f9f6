import type { Random } from '../src/base/random.js';
import { integer, randomStream } from '../src/base/random.js';
import type { AnnotatedObject, BoxEdges } from '../src/boxes/annotations.js';
import type { Size } from '../src/boxes/box.js';
import { rotatedBoxOf } from '../src/boxes/rotated-box.js';
import type { VisibleObjects } from './annotations/visible-objects.js';
import { visibleObjects } from './annotations/visible-objects.js';
import type { TrainingWindow } from './annotations/windows.js';
import type { ColourSettings } from './augment/colour.js';
import { applyColour, drawColour } from './augment/colour.js';
import { assembleMosaic, drawMosaic } from './augment/mosaic.js';
import type { Planes } from './augment/planes.js';
import { normalise } from './augment/planes.js';
import type { ViewOptions, ViewSettings } from './detection-view.js';
import { loadView } from './detection-view.js';
import { ImageCache } from './image-cache.js';

/** What may happen to an image and its objects. */
export interface DetectionAugment extends ViewSettings {
  readonly colour?: ColourSettings;
}

/** How a window becomes an input of a detector. */
export interface DetectionRecipe extends Size {
  /** Of [0, 1] RGB. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /**
   * Pixels of the input for one pixel of the image, 1 by default; or `stretch`: the whole window brought to
   * the size of the input, whatever its aspect ratio.
   */
  readonly scale?: number | 'stretch';
  /** Whether to give boxes with an angle; objects without corners count as upright. */
  readonly oriented?: boolean;
  /** Share of an object that must be inside for it to count; see `visibleObjects`. */
  readonly keptShare?: number;
  /** Pixels of the input; objects with a shorter side are ignored. 2 by default. */
  readonly shortest?: number;
  /** Absent at evaluation. */
  readonly augment?: DetectionAugment;
}

/** A window to learn from; with three others, the four make a mosaic. */
export interface DetectionWindow extends TrainingWindow {
  readonly partners?: readonly TrainingWindow[];
}

/** An input of a detector and what it should find. */
export interface DetectionSample {
  /** [3, height, width], normalised. */
  readonly image: Float32Array;
  /**
   * [objects, 4] in pixels of the input, cut at its borders: xmin, ymin, xmax, ymax. With `angles` instead
   * centre x, centre y, length, breadth, not cut.
   */
  readonly boxes: Float32Array;
  /** [objects] radians from the x axis towards the y axis, in [-pi/2, pi/2); oriented recipes only. */
  readonly angles?: Float32Array;
  /** [objects] */
  readonly labels: Int32Array;
  /** [regions, 4] xmin, ymin, xmax, ymax of what is neither object nor background. */
  readonly ignored: Float32Array;
}

/** Holds all aircraft tiles of a set of 77 in two threads. */
const cacheBytes = 768 * 2 ** 20;

/** Images that this thread has decoded. */
const sharedCache = new ImageCache(cacheBytes);

/**
 * Loads a window as an input of a detector: decoded, moved and coloured together with its boxes as the recipe
 * says, normalised. Beyond the image's borders it has the mean colour.
 *
 * @param keys keys of the random stream of this window in this epoch; the same keys give the same sample
 * @throws UserError when an image cannot be read or has another size than its labels say
 */
export async function loadDetectionSample(
  window: DetectionWindow,
  recipe: DetectionRecipe,
  keys: readonly number[],
  cache: ImageCache = sharedCache,
): Promise<DetectionSample> {
  const random = randomStream(...keys);
  const { augment, mean, std } = recipe;
  const loaded = window.partners
    ? await loadMosaic([window, ...window.partners], recipe, random, cache)
    : await loadPart(window, recipe, recipe, random, cache);
  const coloured = augment?.colour
    ? applyColour(loaded.planes, drawColour(random, augment.colour))
    : loaded.planes;
  return {
    image: normalise(coloured, mean, std).data,
    ...targetsOf(loaded.objects, recipe.oriented ?? false),
    ignored: flatten(loaded.ignored),
  };
}

type LoadedPart = VisibleObjects & { readonly planes: Planes };

async function loadPart(
  window: TrainingWindow,
  recipe: DetectionRecipe,
  { width, height }: Size,
  random: Random,
  cache: ImageCache,
): Promise<LoadedPart> {
  const { scale = 1, mean: fill, augment: settings, keptShare, shortest = 2 } = recipe;
  const { width: windowWidth, height: windowHeight } = window.window;
  const scales: ViewOptions['scale'] =
    scale === 'stretch' ? [width / windowWidth, height / windowHeight] : [scale, scale];
  const options = { size: { width, height }, scale: scales, fill, settings };
  const { planes, objects } = await loadView(window, options, random, cache);
  return { planes, ...visibleObjects(objects, [0, 0, width, height], { keptShare, shortest }) };
}

async function loadMosaic(
  windows: readonly TrainingWindow[],
  recipe: DetectionRecipe,
  random: Random,
  cache: ImageCache,
): Promise<LoadedPart> {
  const parts = drawMosaic(random, recipe);
  const images: LoadedPart[] = [];
  // One after the other, as they share the stream of draws.
  for (const [index, part] of parts.entries()) {
    images.push(await loadPart(windows[index % windows.length]!, recipe, part, random, cache));
  }
  return assembleMosaic(recipe, parts, images);
}

function targetsOf(objects: readonly AnnotatedObject[], oriented: boolean) {
  const labels = Int32Array.from(objects, ({ label }) => label);
  if (!oriented) return { boxes: flatten(objects.map(({ box }) => box)), labels };
  const turned = objects.map(({ box: [left, top, right, bottom], polygon }) =>
    rotatedBoxOf(polygon ?? [left, top, right, top, right, bottom, left, bottom]),
  );
  return {
    boxes: Float32Array.from(turned.flatMap(({ x, y, length, breadth }) => [x, y, length, breadth])),
    angles: Float32Array.from(turned, ({ angle }) => angle),
    labels,
  };
}

function flatten(boxes: readonly BoxEdges[]): Float32Array {
  return Float32Array.from(boxes.flat());
}

/** With a probability, a window together with three others to make a mosaic of; else alone. */
export function withPartners(
  windows: readonly TrainingWindow[],
  index: number,
  probability: number,
  random: Random,
): DetectionWindow {
  const window = windows[index]!;
  if (random() >= probability) return window;
  return { ...window, partners: [0, 1, 2].map(() => windows[integer(random, windows.length)]!) };
}
