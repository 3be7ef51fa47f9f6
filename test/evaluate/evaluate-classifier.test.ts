import { describe, expect, it } from 'vitest';
import { UnreadableImages } from '../../datasets/batches.js';
import { UserError } from '../../src/base/errors.js';
import type { Classification } from '../../src/classify/classifier.js';
import { evaluationReport } from '../../src/cli/evaluate/classification-report.js';
import { evaluateClassifier } from '../../src/evaluate/evaluate-classifier.js';

const labels = ['field', 'lake'];

/** Knows an image by its name: `lake-0.9.jpg` is a lake with probability 0.9; any other cannot be read. */
const classifier = {
  labels,
  classify: async (path: unknown): Promise<Classification> => {
    const probability = Number(/lake-([\d.]+)\.jpg$/.exec(String(path))?.[1]);
    if (Number.isNaN(probability)) throw new UserError(`${String(path)} is no image.`);
    const scores = [
      { label: 'field', score: 1 - probability },
      { label: 'lake', score: probability },
    ].sort((a, b) => b.score - a.score);
    return { labels: scores, width: 1, height: 1, tiles: 1, seconds: 0 };
  },
};

function folder(images: readonly (readonly [path: string, label: number])[]) {
  return { folder: 'test', classes: labels, images: images.map(([path, label]) => ({ path, label })) };
}

function unreadable(notes: string[] = []): UnreadableImages {
  return new UnreadableImages(1000, (note) => notes.push(note));
}

describe('evaluateClassifier', () => {
  it('scores every readable image and reports the others', async () => {
    const notes: string[] = [];
    const images = folder([
      ['lake-0.9.jpg', 1],
      ['lake-0.4.jpg', 1],
      ['broken.jpg', 0],
      ['lake-0.2.jpg', 0],
    ]);
    const scores = await evaluateClassifier(classifier, images, { unreadable: unreadable(notes) });
    expect(scores.confusion).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(scores.accuracy).toBeCloseTo(2 / 3);
    expect(scores.loss).toBeCloseTo(-(Math.log(0.9) + Math.log(0.4) + Math.log(0.8)) / 3);
    expect(notes).toEqual([expect.stringContaining('broken.jpg')]);
  });

  it('stays finite for a class thought impossible', async () => {
    const scores = await evaluateClassifier(classifier, folder([['lake-1.jpg', 0]]), {
      unreadable: unreadable(),
    });
    expect(Number.isFinite(scores.loss)).toBe(true);
  });

  it('refuses a folder without a readable image', async () => {
    const options = { unreadable: unreadable() };
    await expect(evaluateClassifier(classifier, folder([['a', 0]]), options)).rejects.toThrow(
      /No image of test/,
    );
  });
});

describe('evaluationReport', () => {
  it('is a table of what was taken for what', async () => {
    const images = folder([
      ['lake-0.9.jpg', 1],
      ['lake-0.4.jpg', 1],
    ]);
    const scores = await evaluateClassifier(classifier, images, { unreadable: unreadable() });
    expect(evaluationReport(scores).split('\n')).toEqual([
      'accuracy 50.00 % (1 of 2), mean cross entropy 0.5108',
      '',
      'true class  images  accuracy  field  lake',
      'field            0         -      0     0',
      'lake             2   50.00 %      1     1',
    ]);
  });
});
