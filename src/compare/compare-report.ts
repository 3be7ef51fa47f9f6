import { palette } from '../charts/palette.js';
import type { Chart } from '../charts/render.js';
import { chartFigures, htmlTable, page, section } from '../report/page.js';
import type { ComparedRow, Comparison } from './compare.js';
import { statement } from './statement.js';

/** Heading and rows of a comparison as text. */
export function comparisonRows({ measure, rows }: Comparison): string[][] {
  const heading = [
    '',
    measure,
    '95 %',
    'windowed minus this',
    '95 %',
    's an image',
    'peak MiB',
    'steps',
    'training s',
  ];
  const range = (interval: ComparedRow['interval']) =>
    interval ? `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}` : '-';
  return [
    heading,
    ...rows.map((row, at) => [
      row.title,
      row.score.toFixed(3),
      range(row.interval),
      at === 0 ? '-' : row.difference.toFixed(3),
      at === 0 ? '-' : range(row.differenceInterval),
      row.secondsPerImage.toFixed(2),
      (row.peakBytes / 2 ** 20).toFixed(0),
      row.steps.toFixed(0),
      row.trainingSeconds.toFixed(0),
    ]),
  ];
}

/** What the figures of a comparison allow to say. */
export function comparisonStatement({ measure, rows, images, seeds }: Comparison): string {
  const differences = rows
    .slice(1)
    .map(({ title, difference, differenceInterval: interval }) => ({ title, difference, interval }));
  return statement(measure, differences, { images, seeds });
}

/** A comparison as one self-contained page. */
export async function comparisonPage(title: string, comparison: Comparison, data: string): Promise<string> {
  const { images, seeds } = comparison;
  const charts = await chartFigures([paretoChart(comparison)]);
  return page(
    title,
    [
      ['data', data],
      ['test images', String(images)],
      ['seeds', String(seeds)],
    ],
    [
      section('What the figures say', comparisonStatement(comparison), htmlTable(comparisonRows(comparison))),
      section(
        'Score against time',
        'Upper left is better. Lines are 95 % intervals over the choice of test images.',
        charts,
      ),
    ],
  );
}

function paretoChart({ rows, measure }: Comparison): Chart {
  const values = rows.map(({ title, score, interval, secondsPerImage }) => {
    return {
      title,
      score,
      low: interval?.low ?? score,
      high: interval?.high ?? score,
      seconds: secondsPerImage,
    };
  });
  const x = {
    field: 'seconds',
    type: 'quantitative' as const,
    title: 'time of one image (s), decoding included',
    scale: { type: 'log' as const, nice: false, padding: 30 },
    axis: { format: '~g' },
  };
  const colour = {
    field: 'title',
    type: 'nominal' as const,
    title: null,
    scale: { domain: rows.map(({ title }) => title), range: colours },
  };
  return {
    name: 'pareto',
    caption: `${measure} against the time for one image.`,
    spec: {
      width: 460,
      height: 280,
      data: { values },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: {
            x,
            y: { field: 'low', type: 'quantitative', title: measure, scale: { zero: false } },
            y2: { field: 'high' },
            color: colour,
          },
        },
        {
          mark: { type: 'point', size: 110, filled: true, opacity: 1 },
          encoding: {
            x,
            y: { field: 'score', type: 'quantitative' },
            color: colour,
            shape: { field: 'title', type: 'nominal', title: null, sort: rows.map(({ title }) => title) },
          },
        },
      ],
    },
  };
}

const colours = [palette.blue, palette.teal, palette.red, palette.amber, palette.brown, palette.violet].map(
  ({ light }) => light,
);
