import { describe, expect, it } from 'vitest';
import { normal, randomStream } from '../../src/base/random.js';
import type { AnnotationSet } from '../../src/boxes/annotations.js';
import type { ScoredBoxes } from '../../src/boxes/protocol.js';
import { detectionEvaluationReport } from '../../src/cli/evaluate/detection-report.js';
import { intervalDraws } from '../../src/cli/evaluate/interval-draws.js';
import { bootstrapIntervals } from '../../src/evaluate/bootstrap.js';
import { accuracyInterval } from '../../src/evaluate/classification-scores.js';
import { summarise } from '../../src/evaluate/coco-metrics/coco-metrics.js';
import { joinMatches, matchSet } from '../../src/evaluate/coco-metrics/evaluate-set.js';
import { detectionIntervals } from '../../src/evaluate/detection-intervals.js';
import { scoreDetections } from '../../src/evaluate/score-detections.js';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('bootstrapIntervals', () => {
  it('is the interval of theory for a mean', () => {
    const random = randomStream(5);
    const values = Array.from({ length: 400 }, () => normal(random));
    const deviation = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    const [interval] = bootstrapIntervals(400, (drawn) => [mean(drawn.map((image) => values[image]!))], {
      samples: 4000,
    });
    const half = (1.96 * deviation) / 20;
    expect(interval!.low).toBeCloseTo(mean(values) - half, 1.7);
    expect(interval!.high).toBeCloseTo(mean(values) + half, 1.7);
    expect(interval!.high - interval!.low).toBeGreaterThan(1.8 * half);
    expect(interval!.high - interval!.low).toBeLessThan(2.2 * half);
  });

  it('leaves out sets without the figure, and has none where no set has it', () => {
    const figures = (drawn: readonly number[]) => [drawn.includes(0) ? 1 : Number.NaN, Number.NaN];
    expect(bootstrapIntervals(3, figures)).toEqual([{ low: 1, high: 1 }, undefined]);
  });

  it('draws the same sets for the same seed', () => {
    const draw = (seed: number) => bootstrapIntervals(50, (drawn) => [mean(drawn)], { samples: 100, seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

/** Image after image, the upper part of the objects found at the right place, one false box an image. */
function example(images: number): { set: AnnotationSet; found: ScoredBoxes[] } {
  const random = randomStream(9);
  const set: AnnotationSet = {
    labels: ['ship', 'car'],
    categoryIds: [1, 2],
    images: Array.from({ length: images }, (_, id) => ({
      id,
      path: `${id}.png`,
      width: 1000,
      height: 100,
      objects: Array.from({ length: 1 + (id % 5) }, (__, at) => ({
        label: at % 2,
        box: [100 * at, 0, 100 * at + 40, 40] as const,
      })),
    })),
  };
  const found = set.images.map(({ objects }): ScoredBoxes => {
    const kept = objects.filter(() => random() < 0.7);
    const boxes = [...kept.flatMap(({ box }) => [...box]), 900, 0, 950, 50];
    const count = kept.length + 1;
    return {
      count,
      boxes,
      scores: Array.from({ length: count }, () => random()),
      classes: [...kept.map(({ label }) => label), 0],
    };
  });
  return { set, found };
}

describe('intervals of a detector', () => {
  it('scores a set put together of its images as the set itself', () => {
    const { set, found } = example(12);
    const single = set.images.map((image, at) => matchSet({ ...set, images: [image] }, [found[at]!]));
    expect(summarise(joinMatches(single))).toEqual(summarise(matchSet(set, found)));
    const twice = { ...set, images: [...set.images, set.images[3]!] };
    const joined = joinMatches([...single, single[3]!]);
    expect(summarise(joined)).toEqual(summarise(matchSet(twice, [...found, found[3]!])));
  });

  it('lie around the figures, narrower for more images', () => {
    const width = (images: number) => {
      const { set, found } = example(images);
      const scores = scoreDetections(set, found, { threshold: 0.4, intervals: { samples: 200 } });
      const { classAgnostic, operatingPoint } = scores.intervals!;
      for (const [value, interval] of [
        [scores.classAgnostic.AP50, classAgnostic.AP50!],
        [scores.classAgnostic.AP, classAgnostic.AP!],
        [scores.operatingPoint!.recall, operatingPoint!.recall!],
        [scores.operatingPoint!.f1, operatingPoint!.f1!],
      ] as const) {
        expect(interval.low).toBeLessThan(value);
        expect(interval.high).toBeGreaterThan(value);
      }
      return classAgnostic.AP50!.high - classAgnostic.AP50!.low;
    };
    expect(width(160)).toBeLessThan(0.6 * width(20));
  });

  it('have no width where all images are alike', () => {
    const { set, found } = example(1);
    const images = Array.from({ length: 6 }, () => set.images[0]!);
    const intervals = detectionIntervals({ ...set, images }, Array(6).fill(found[0]), 0, { samples: 50 });
    expect(intervals.AP50!.high).toBe(intervals.AP50!.low);
    expect(intervals.operatingPoint!.recall!.high).toBe(intervals.operatingPoint!.recall!.low);
  });

  it('stand in the report, with a word on few images', () => {
    const { set, found } = example(8);
    const report = detectionEvaluationReport(scoreDetections(set, found, { intervals: { samples: 50 } }));
    expect(report).toMatch(/95 % intervals over 8 images +AP +AP50 +precision/);
    expect(report).toMatch(/as one +0\.\d{3} to 0\.\d{3}/);
    expect(report).toContain('Of fewer than ten images: the true ones are wider.');
    expect(detectionEvaluationReport(scoreDetections(set, found))).not.toContain('interval');
  });
});

it('gives the interval of an accuracy', () => {
  const labels = Array.from({ length: 400 }, () => 0);
  const predictions = labels.map((_, image) => Number(image % 10 === 0));
  const { low, high } = accuracyInterval(labels, predictions);
  // 0.9 ± 1.96 · sqrt(0.9 · 0.1 / 400)
  expect(low).toBeCloseTo(0.871, 1.9);
  expect(high).toBeCloseTo(0.929, 1.9);
});

it('draws fewer sets of many images, and none where a hundred take long', () => {
  expect(intervalDraws(undefined, 13)).toEqual({ samples: 1000 });
  expect(intervalDraws(undefined, 500)).toEqual({ samples: 200 });
  expect(intervalDraws(undefined, 5000)).toBeUndefined();
  expect(intervalDraws(300, 5000)).toEqual({ samples: 300 });
  expect(intervalDraws(0, 13)).toBeUndefined();
});
