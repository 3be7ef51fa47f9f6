import { z } from 'zod';
import type { Random } from '../src/base/random.js';
import { integer, randomStream, StreamPurpose } from '../src/base/random.js';
import type { Canvas, Place } from './digits/canvas.js';
import { blankCanvas, paste } from './digits/canvas.js';
import { drawPattern, lineNoise } from './digits/line-noise.js';
import type { DataSplit, Digits } from './digits/mnist.js';
import { dataSplits, digitPixelsOf, digitSide, mnistDigits } from './digits/mnist.js';
import { drawPlaces } from './digits/placement.js';

/** Side of the published canvas, and how many patches of noise it has. */
const publishedCanvas = 1500;
const publishedNoise = 50;

/**
 * Patches of noise that a canvas has by default: 50 at the published 1500 x 1500, and as many for their area
 * on other canvases, so that growing a canvas does not thin the noise out.
 */
export function noiseForCanvas(canvas: number): number {
  return Math.round(publishedNoise * (canvas / publishedCanvas) ** 2);
}

/** Smallest canvas on which so many digits find places without overlap in a few draws. */
export function smallestCanvas(digits: number): number {
  return digits === 1 ? digitSide : digitSide * (Math.ceil(Math.sqrt(digits)) + 1);
}

/** Settings of Megapixel MNIST; the defaults are the published ones. */
export const megapixelSchema = z
  .strictObject({
    generator: z.literal('megapixel-mnist'),
    /** Height and width in pixels. */
    canvas: z.int().positive().default(publishedCanvas),
    /** Digits an image, and how many of them are of one class. */
    digits: z.int().positive().default(5),
    majority: z.int().positive().optional(),
    /** Patches of noise; by default `noiseForCanvas`. */
    noise: z.int().min(0).optional(),
    /**
     * What is drawn last: digits (Bergner et al. 2023), or noise over them (Katharopoulos and Fleuret 2019).
     */
    onTop: z.enum(['digits', 'noise']).default('digits'),
  })
  .transform((settings) => ({
    ...settings,
    majority: settings.majority ?? Math.floor(settings.digits / 2) + 1,
    noise: settings.noise ?? noiseForCanvas(settings.canvas),
  }))
  .refine(({ digits, majority }) => majority <= digits && 2 * majority > digits, {
    path: ['majority'],
    error: 'must be more than half of the digits and not more than all',
  })
  .refine(({ canvas, digits }) => canvas >= smallestCanvas(digits), {
    path: ['canvas'],
    error: 'has no room for so many digits of 28 x 28 pixels',
  });
export type MegapixelSettings = z.output<typeof megapixelSchema>;

/** What is asked of an image (Bergner et al. 2023). */
export interface MegapixelLabels {
  /** The digit that most of the digits show. */
  readonly majority: number;
  /** The greatest digit. */
  readonly max: number;
  /** The digit nearest to the upper edge. */
  readonly top: number;
  /** Which digits are there: 10 numbers, 0 or 1. */
  readonly multi: readonly number[];
}

/** A digit on a canvas. */
export interface PlacedDigit extends Place {
  /** Index into the digits of the split. */
  readonly index: number;
  readonly label: number;
}

/** One image as a list of what lies where. */
export interface MegapixelScene {
  readonly digits: readonly PlacedDigit[];
  readonly noise: readonly (Place & { readonly pattern: number })[];
  readonly labels: MegapixelLabels;
}

/**
 * Draws image `index` of a split. The same seed, split and index give the same image, whatever is drawn
 * beside it.
 */
export function drawMegapixelScene(
  settings: MegapixelSettings,
  seed: number,
  split: DataSplit,
  index: number,
): MegapixelScene {
  const random = randomStream(seed, StreamPurpose.scene, dataSplits.indexOf(split), index);
  const target = integer(random, 10);
  const source = mnistDigits(split);
  const indices = Array.from({ length: settings.digits }, (_, position) =>
    position < settings.majority ? drawOfClass(random, source, target) : drawOther(random, source, target),
  );
  const places = drawPlaces(random, settings.digits, settings.canvas, digitSide);
  const digits = indices.map((each, position) => {
    return { ...places[position]!, index: each, label: source.labels[each]! };
  });
  const noise = Array.from({ length: settings.noise }, () => drawNoise(random, settings.canvas));
  return { digits, noise, labels: labelsOf(digits) };
}

function drawOfClass(random: Random, { ofClass }: Digits, digit: number): number {
  const candidates = ofClass[digit]!;
  return candidates[integer(random, candidates.length)]!;
}

function drawOther(random: Random, digits: Digits, digit: number): number {
  for (;;) {
    const index = integer(random, digits.count);
    if (digits.labels[index] !== digit) return index;
  }
}

/**
 * As published, noise stays a patch's width away from the upper and left border where there is room for that.
 */
function drawNoise(random: Random, canvas: number): Place & { pattern: number } {
  const margin = canvas > 3 * digitSide ? digitSide : 0;
  const coordinate = () => margin + integer(random, canvas - digitSide - margin);
  return { top: coordinate(), left: coordinate(), pattern: drawPattern(random) };
}

/** The answers to all four questions, from the digits and their places alone. */
export function labelsOf(digits: readonly PlacedDigit[]): MegapixelLabels {
  const counts = new Array<number>(10).fill(0);
  for (const { label } of digits) counts[label]! += 1;
  const topmost = digits.reduce((highest, digit) => (digit.top < highest.top ? digit : highest));
  return {
    majority: counts.indexOf(Math.max(...counts)),
    max: Math.max(...digits.map(({ label }) => label)),
    top: topmost.label,
    multi: counts.map((count) => Math.min(count, 1)),
  };
}

/** The 50 patterns of noise of a split; splits share none. */
export function noiseOf(seed: number, split: DataSplit): Uint8Array[] {
  return lineNoise(randomStream(seed, StreamPurpose.noise, dataSplits.indexOf(split)));
}

/** Paints a scene, white ink on black. */
export function paintMegapixelScene(
  { digits, noise }: MegapixelScene,
  { canvas: side, onTop }: MegapixelSettings,
  split: DataSplit,
  patterns: readonly Uint8Array[],
): Canvas {
  const canvas = blankCanvas(side);
  const source = mnistDigits(split);
  const layers = {
    digits: () => {
      for (const digit of digits) paste(canvas, digitPixelsOf(source, digit.index), digit);
    },
    noise: () => {
      for (const patch of noise) paste(canvas, patterns[patch.pattern]!, patch);
    },
  };
  layers[onTop === 'digits' ? 'noise' : 'digits']();
  layers[onTop]();
  return canvas;
}
