import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/base/random.js';
import { cocoMetrics } from '../../src/evaluate/coco-metrics/coco-metrics.js';
import { averagePrecision } from '../../src/evaluate/coco-metrics/precision-recall.js';
import { detectionReport } from '../../src/report/detection-report.js';
import { confusionOf, curveOf, matchObjects } from '../../src/report/match-objects.js';
import { worstMistakes } from '../../src/report/mistakes.js';
import type { ReportedFound, ReportedImage } from '../../src/report/reported.js';
import { cornersOfBox } from '../../src/report/reported.js';

const at = (x: number, y: number, side = 10) => cornersOfBox([x, y, x + side, y + side]);
const found = (x: number, y: number, score: number, label = 0): ReportedFound => ({
  corners: at(x, y),
  label,
  score,
});

function image(
  truths: ReportedImage['truths'],
  own: readonly ReportedFound[],
  name = 'a.png',
): ReportedImage {
  const [width, height] = [100, 80];
  const pixels = async () => ({ width, height, data: new Uint8Array(3 * width * height).fill(120) });
  return { name, width, height, truths, found: own, pixels };
}

const images = [
  image(
    [
      { corners: at(0, 0), label: 0 },
      { corners: at(30, 0), label: 1 },
      { corners: at(60, 0), label: 0 },
      { corners: at(0, 40, 30), label: 0, ignored: true },
    ],
    [
      found(1, 0, 0.9),
      found(0, 1, 0.8),
      found(30, 1, 0.7, 0),
      found(2, 42, 0.95),
      found(80, 60, 0.6, 1),
      found(80, 0, 0.1),
    ],
  ),
];

describe('what is found against what is labelled', () => {
  const match = matchObjects(images);

  it('takes each object once, ignores what lies on ignored objects, and counts what is taken for what', () => {
    // What lies within an ignored region overlaps it by less than half here, and counts as on background.
    expect(confusionOf(match, 2, 0.5)).toEqual([
      [1, 0, 1],
      [1, 0, 0],
      [2, 1, 0],
    ]);
    const curve = curveOf(match);
    expect(curve.positives).toBe(3);
    expect([...curve.scores]).toEqual([0.95, 0.9, 0.8, 0.7, 0.6, 0.1]);
    expect([...curve.recall]).toEqual([0, 1, 1, 2, 2, 2].map((right) => right / 3));
  });

  it('names the worst mistakes, the surest first', () => {
    const worst = worstMistakes(match, 0.5, 10);
    expect(worst.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['missed', 1],
      ['background', 0.95],
      ['background', 0.8],
      ['wrong class', 0.7],
      ['background', 0.6],
    ]);
    expect(worstMistakes(match, 0.5, 2).map(({ kind }) => kind)).toEqual(['missed', 'background']);
  });

  it('gives the average precision that COCO’s protocol gives, on upright boxes', () => {
    const random = randomStream(5);
    const sets = Array.from({ length: 6 }, (_, index) => {
      const spots = Array.from({ length: 12 }, () => [80 * random(), 60 * random()] as const);
      const truths = spots.map(([x, y]) => ({ corners: at(x, y), label: 0 }));
      const own = spots.flatMap(([x, y]) =>
        random() < 0.7
          ? [found(x + 6 * random() - 3, y + 6 * random() - 3, random())]
          : [found(90 * random(), 70 * random(), random())],
      );
      return image(truths, own, `${index}.png`);
    });
    const box = (corners: readonly number[]) => [corners[0]!, corners[1]!, corners[4]!, corners[5]!] as const;
    const annotated = sets.map(({ truths }, index) => ({
      path: `${index}`,
      ...{ width: 100, height: 80 },
      objects: truths.map(({ corners }) => ({ box: box(corners), label: 0 })),
    }));
    const detections = sets.map((own) => ({
      count: own.found.length,
      boxes: own.found.flatMap(({ corners }) => [...box(corners)]),
      scores: own.found.map(({ score }) => score),
      classes: own.found.map(() => 0),
    }));
    const { AP50 } = cocoMetrics({ labels: ['a'], images: annotated }, detections);
    expect(AP50).toBeGreaterThan(0.2);
    expect(averagePrecision(curveOf(matchObjects(sets)))).toBeCloseTo(AP50, 9);
  });
});

describe('detectionReport', () => {
  it('is one page that asks for nothing and shows names as they are', async () => {
    const name = '<img onerror=alert(1)>.png';
    const labels = ['"><script>alert(2)</script>', 'b & c'];
    const shown = [image(images[0]!.truths, images[0]!.found, name)];
    const page = await detectionReport({
      title: '</title><script>',
      facts: [['model', '<b>']],
      labels,
      images: shown,
    });
    expect(page).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
    expect(page).not.toMatch(/<script|onerror=alert\(1\)>\.png<\/fig.*<img src=x|<b>/);
    expect(page).not.toContain('<img onerror');
    expect(page).toContain('&lt;img onerror=alert(1)&gt;.png');
    expect(page).toContain('&quot;&gt;&lt;script&gt;');
    // Everything that is loaded is in it.
    const loaded = [...page.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]{1,12})/g)].map(
      ([, address]) => address,
    );
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter((address) => !/^(data:image|#)/.test(address!))).toEqual([]);
    for (const heading of [
      'Precision and recall',
      'What is taken for what',
      'Images',
      'The worst mistakes',
    ]) {
      expect(page).toContain(`<h2>${heading}</h2>`);
    }
  });

  it('says so where nothing is found', async () => {
    const page = await detectionReport({ title: 'a', facts: [], labels: ['a'], images: [image([], [])] });
    expect(page).toContain('No object was found at any score');
  });
});
