import { z } from 'zod';
import type { Random } from '../src/base/random.js';
import { integer, randomStream, StreamPurpose } from '../src/base/random.js';
import type { Canvas, Place } from './digits/canvas.js';
import { add, blankCanvas } from './digits/canvas.js';
import type { DataSplit } from './digits/mnist.js';
import { dataSplits, digitPixelsOf, digitSide, mnistDigits } from './digits/mnist.js';
import { scaleDigit } from './digits/scale-digit.js';

/** The digit that is looked for. */
const needle = 3;

/**
 * Clutter of the published scenes: 25 digits of 28 x 28 pixels on a canvas of 256 x 256, and as dense on
 * others.
 */
function clutterFor(canvas: number, object: number): number {
  return Math.max(1, Math.round(25 * (canvas / 256) ** 2 * (digitSide / object) ** 2));
}

/**
 * A needle in a haystack, after Pawlowski et al. (2019): is there a 3 among the other digits? The ratio of
 * `canvas` to `object` says how small the object is that the answer depends on.
 */
export const needleSchema = z
  .strictObject({
    generator: z.literal('needle'),
    /** Height and width of the image in pixels. */
    canvas: z.int().positive(),
    /** Height and width of a digit in pixels. */
    object: z.int().min(4).default(digitSide),
    /** Digits of other classes; by default as dense as published. */
    clutter: z.int().min(0).optional(),
  })
  .transform((settings) => ({
    ...settings,
    clutter: settings.clutter ?? clutterFor(settings.canvas, settings.object),
  }))
  .refine(({ canvas, object }) => canvas >= 2 * object, {
    path: ['canvas'],
    error: 'must be at least twice as large as the object',
  });
export type NeedleSettings = z.output<typeof needleSchema>;

/** A digit of a scene; `index` into the digits of the split. */
export interface NeedleObject extends Place {
  readonly index: number;
  readonly label: number;
}

/** One image as a list of what lies where; at most one object is a needle, and it comes last. */
export interface NeedleScene {
  readonly objects: readonly NeedleObject[];
  readonly hasNeedle: boolean;
}

/**
 * Draws image `index` of a split: half of all images, by chance, have one needle; the others one more piece
 * of clutter, so that the number of objects tells nothing. The same seed, split and index give the same
 * image.
 */
export function drawNeedleScene(
  settings: NeedleSettings,
  seed: number,
  split: DataSplit,
  index: number,
): NeedleScene {
  const random = randomStream(seed, StreamPurpose.scene, dataSplits.indexOf(split), index);
  const hasNeedle = random() < 0.5;
  const isLast = (position: number) => position === settings.clutter;
  const objects = Array.from({ length: settings.clutter + 1 }, (_, position) =>
    drawObject(random, settings, split, isLast(position) && hasNeedle),
  );
  return { objects, hasNeedle };
}

function drawObject(
  random: Random,
  { canvas, object }: NeedleSettings,
  split: DataSplit,
  isNeedle: boolean,
): NeedleObject {
  const range = canvas - object + 1;
  const place = { top: integer(random, range), left: integer(random, range) };
  const { labels, count } = mnistDigits(split);
  for (;;) {
    const index = integer(random, count);
    const label = labels[index]!;
    if ((label === needle) === isNeedle) return { ...place, index, label };
  }
}

/** Paints a scene: digits add up where they overlap. */
export function paintNeedleScene(
  { objects }: NeedleScene,
  { canvas: side, object }: NeedleSettings,
  split: DataSplit,
): Canvas {
  const canvas = blankCanvas(side);
  const digits = mnistDigits(split);
  for (const each of objects) add(canvas, scaleDigit(digitPixelsOf(digits, each.index), object), each);
  return canvas;
}
