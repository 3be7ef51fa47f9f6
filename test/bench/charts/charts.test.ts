import { expect, it } from 'vitest';
import { logTicks } from '../../../bench/charts/log-ticks.js';
import { paretoFront } from '../../../bench/charts/pareto-chart.js';
import { seriesIdOf, seriesStyles } from '../../../src/charts/palette.js';
import { paletteCss, toInlineSvg } from '../../../src/charts/render.js';

it('the Pareto front has what nothing else beats in both', () => {
  const point = (name: string, latency: number, accuracy: number) => ({ name, latency, accuracy });
  const front = paretoFront([
    point('slow and best', 9, 0.95),
    point('beaten', 5, 0.5),
    point('fast', 1, 0.4),
    point('as fast and worse', 1, 0.3),
    point('middle', 4, 0.7),
    point('slower and no better', 6, 0.7),
  ]);
  expect(front.map(({ name }) => name)).toEqual(['fast', 'middle', 'slow and best']);
});

it('experiments have the colour of their model in every chart', () => {
  const titles = [
    'ViL, full resolution',
    'ViL, windows alone',
    'ViL, global tokens alone',
    'ViL, mean of all tokens',
    'ViT, full resolution',
  ];
  expect(titles.map(seriesIdOf)).toEqual(['vil', 'vil-windows', 'vil-global', 'vil-mean', 'vit']);
  expect(seriesIdOf('ViT, shrunk to 224')).toBe('vit-224');
  for (const title of titles) expect(seriesStyles).toHaveProperty(seriesIdOf(title));
});

it('an inline chart takes its colours from the page', () => {
  expect(toInlineSvg('<?xml version="1.0"?><svg><text fill="#1f2328">a</text></svg>')).toBe(
    '<svg><text fill="var(--ink)">a</text></svg>',
  );
  expect(paletteCss()).toMatch(/--ink: #1f2328;.*--ink: #e6edf3;/s);
});

it('a logarithmic axis has powers of ten where there are enough, multiples by 2 and 5 otherwise', () => {
  expect(logTicks([0.04, 200])).toEqual([0.1, 1, 10, 100]);
  expect(logTicks([0.02, 0.25])).toEqual([0.02, 0.05, 0.1, 0.2]);
  expect(logTicks([1.3, 19])).toEqual([2, 5, 10]);
});
