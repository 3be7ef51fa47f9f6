import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompareOptions } from '../../src/compare/compare.js';
import { compare } from '../../src/compare/compare.js';
import { comparisonPage, comparisonRows, comparisonStatement } from '../../src/compare/compare-report.js';
import { compareScores } from '../../src/compare/compare-scores.js';
import { statement } from '../../src/compare/statement.js';
import { lengthOf } from '../../src/train/automatic/plan-run.js';
import { writeTinyDetector } from '../helpers/tiny-model.js';
import { writeScenes } from '../train/detection/detection-scenes.js';

describe('compareScores', () => {
  const right = (count: number, of = 40) => Array.from({ length: of }, (_, at) => at < count);

  it('draws the same images for all, so that what all get wrong does not widen a difference', () => {
    const [first, second] = compareScores([[{ right: right(30) }], [{ right: right(20) }]], 40, undefined);
    expect([first!.score, second!.score, second!.difference]).toEqual([0.75, 0.5, 0.25]);
    const { low, high } = second!.differenceInterval!;
    expect(low).toBeGreaterThan(0);
    // Unpaired, 30 and 20 of 40 right differ by 0.25 with a deviation of 0.1; in pairs, of 0.07.
    expect(high - low).toBeLessThan(0.3);
    const [, same] = compareScores([[{ right: right(30) }], [{ right: right(30) }]], 40, undefined);
    expect(same!.differenceInterval).toEqual({ low: 0, high: 0 });
  });

  it('takes the mean of the seeds', () => {
    const [one] = compareScores([[{ right: right(30) }, { right: right(10) }]], 40, undefined);
    expect(one!.score).toBe(0.5);
  });
});

describe('statement', () => {
  const say = (difference: number, low: number, high: number) =>
    statement('AP50', [{ title: 'ViT', difference, interval: { low, high } }], { images: 20, seeds: 3 });

  it('says a difference only where its interval leaves out nought', () => {
    expect(say(0.2, 0.1, 0.3)).toMatch(
      /^The windowed model has \+0\.200 AP50 against ViT \(95 % interval \+0\.100 to \+0\.300\)/,
    );
    expect(say(0.2, -0.1, 0.5)).toMatch(/^The figures do not tell/);
    expect(say(-0.2, -0.3, -0.1)).toMatch(/^ViT does better/);
  });

  it('says what one seed and few images leave open', () => {
    const text = statement('accuracy', [], { images: 4, seeds: 1 });
    expect(text).toMatch(/4 test images are too few/);
    expect(text).toMatch(/nothing of how much a training varies/);
  });
});

describe('compare', () => {
  it('trains all from the same weights and scores them on images of their own; goes on where it was', async () => {
    const { path } = await writeScenes(12, { width: 128, height: 96, density: 12 });
    const out = join(await mkdtemp(join(tmpdir(), 'vil-compare-')), 'run');
    const notes: string[] = [];
    const reporter = { note: (line: string) => notes.push(line), step: () => undefined };
    const asked = { data: path, out, from: await writeTinyDetector(), budget: 36_000, threads: 1, seed: 1 };
    const options = (signal: AbortSignal): CompareOptions => {
      return { asked, sizes: [64], seeds: [1], slice: 64, signal, reporter };
    };
    expect(await compare(options(AbortSignal.abort()))).toBeUndefined();
    const plan = JSON.parse(await readFile(join(out, 'comparison.json'), 'utf8'));
    const split = JSON.parse(await readFile(join(out, 'split.json'), 'utf8'));
    expect(plan.contenders.map(({ id }: { id: string }) => id)).toEqual(['windowed', 'vit-64']);
    expect(plan.each).toBeGreaterThan(17_000);
    const names = [
      ...split.training,
      ...split.validation,
      ...plan.test.map((name: string) => name.split('/').at(-1)),
    ];
    expect(new Set(names).size).toBe(12);
    // The tokens of the shrunk image are one window: every token attends to every other.
    const { backbone, imageSize } = plan.contenders[1].settings;
    expect([backbone.arch, imageSize]).toEqual(['l1,h2,d12,n1,s1,g1,p8,f8,a1', [64, 64]]);
    for (const { id, settings } of plan.contenders) {
      const folder = join(out, `${id}-seed1`);
      await mkdir(folder);
      const length = { ...lengthOf({ epochs: 1, steps: 2 }), stepsPerEpoch: 2 };
      const config = { ...settings, ...length, model: plan.model, out: folder, seed: 1, threads: 1 };
      await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    }
    const signal = new AbortController().signal;
    const comparison = (await compare(options(signal)))!;
    expect(comparison.rows.map(({ title, steps }) => [title, steps])).toEqual([
      ['windowed, full resolution', 2],
      ['windowed, in slices of 64', 2],
      ['ViT, shrunk to 64', 2],
    ]);
    for (const { secondsPerImage, peakBytes, score } of comparison.rows) {
      expect(secondsPerImage).toBeGreaterThan(0);
      expect(peakBytes).toBeGreaterThan(50 * 2 ** 20);
      expect(score).toBeGreaterThanOrEqual(0);
    }
    expect(comparisonRows(comparison)).toHaveLength(4);
    expect(comparisonStatement(comparison)).toMatch(/One seed each/);
    expect(await comparisonPage('a', comparison, 'b')).toContain('<h2>Score against time</h2>');
    // What is done is not done again.
    expect(await compare(options(signal))).toEqual(comparison);
    await expect(compare({ ...options(signal), sizes: [96] })).rejects.toThrow(/other settings/);
  }, 400_000);
});
