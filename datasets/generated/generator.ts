import { z } from 'zod';
import type { LabelTask } from '../../models/label-task.js';
import type { Canvas } from '../digits/canvas.js';
import type { DataSplit } from '../digits/mnist.js';
import {
  drawMegapixelScene,
  type MegapixelLabels,
  megapixelSchema,
  noiseOf,
  paintMegapixelScene,
} from '../megapixel-mnist.js';
import { drawNeedleScene, needleSchema, paintNeedleScene } from '../needle-scenes.js';

/** Images that are drawn, not read: which generator and its settings. */
export const generatorSchema = z.union([megapixelSchema, needleSchema]);
export type GeneratorSettings = z.output<typeof generatorSchema>;

/** An image with the answers to all questions about it, those of each question 0 or 1 for each label. */
export interface GeneratedImage {
  readonly canvas: Canvas;
  readonly target: readonly number[];
}

const digitLabels = Array.from({ length: 10 }, (_, digit) => String(digit));
const megapixelTasks: readonly LabelTask[] = [
  { name: 'majority', kind: 'single', labels: digitLabels },
  { name: 'max', kind: 'single', labels: digitLabels },
  { name: 'top', kind: 'single', labels: digitLabels },
  { name: 'multi', kind: 'multi', labels: digitLabels },
];
const needleTasks: readonly LabelTask[] = [
  { name: 'needle', kind: 'single', labels: ['no needle', 'needle'] },
];

/** The questions that a generator's images answer. */
export function tasksOf({ generator }: GeneratorSettings): readonly LabelTask[] {
  return generator === 'needle' ? needleTasks : megapixelTasks;
}

/** Draws image `index` of a split; the same arguments give the same image, on every machine. */
export function generateImage(
  settings: GeneratorSettings,
  seed: number,
  split: DataSplit,
  index: number,
): GeneratedImage {
  if (settings.generator === 'needle') {
    const scene = drawNeedleScene(settings, seed, split, index);
    return { canvas: paintNeedleScene(scene, settings, split), target: oneHot(Number(scene.hasNeedle), 2) };
  }
  const scene = drawMegapixelScene(settings, seed, split, index);
  const canvas = paintMegapixelScene(scene, settings, split, patternsOf(seed, split));
  return { canvas, target: megapixelTarget(scene.labels) };
}

function megapixelTarget({ majority, max, top, multi }: MegapixelLabels): number[] {
  return [...oneHot(majority, 10), ...oneHot(max, 10), ...oneHot(top, 10), ...multi];
}

function oneHot(label: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number(index === label));
}

const knownPatterns = new Map<string, Uint8Array[]>();

function patternsOf(seed: number, split: DataSplit): Uint8Array[] {
  const key = `${seed} ${split}`;
  const patterns = knownPatterns.get(key) ?? noiseOf(seed, split);
  knownPatterns.set(key, patterns);
  return patterns;
}
