import { groupBy } from '../../src/base/group-by.js';
import type { Accuracy } from '../experiments/accuracy.js';
import type { PhotographResult } from '../photographs/photograph-result.js';
import type { Exponent } from '../scaling/exponents.js';
import type { ScalingRecord } from '../scaling/scaling-record.js';
import { formatMebibytes, formatNumber, formatPercent } from './format.js';
import { engineTitle } from './scaling-tables.js';
import type { Table } from './table.js';

/**
 * The questions of a curriculum side by side, a row for each model and canvas: the short form of its table.
 */
export function shortAccuracyTable(
  accuracies: readonly Accuracy[],
  curriculum: string,
): Omit<Table, 'title'> {
  const rows = accuracies.filter((each) => each.curriculum === curriculum);
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const models = [...groupBy(rows, ({ canvas, title }) => `${canvas} ${title}`).values()];
  return {
    columns: [
      { head: 'canvas' },
      { head: 'model', align: 'left' },
      { head: 'given' },
      { head: 'parameters' },
      { head: 'seeds' },
      ...tasks.map((head) => ({ head })),
    ],
    rows: models
      .toSorted(([a], [b]) => a!.canvas - b!.canvas)
      .map((ofModel) => {
        const { canvas, trainedCanvas, title, inputSize, parameters, spread } = ofModel[0]!;
        return [
          `${canvas}${trainedCanvas === undefined ? '' : ' (not trained there)'}`,
          title,
          String(inputSize),
          formatNumber(parameters),
          String(spread.count),
          ...tasks.map((name) => cellOf(ofModel.find(({ task }) => task === name))),
        ];
      }),
  };
}

function cellOf(accuracy: Accuracy | undefined): string {
  if (!accuracy) return '';
  const { mean, standardDeviation } = accuracy.spread;
  if (standardDeviation === undefined) return formatPercent(mean);
  return `${(100 * mean).toFixed(1)} ± ${(100 * standardDeviation).toFixed(1)} %`;
}

/** Time, memory and operations of some contenders on one engine side by side. */
export function shortScalingTable(
  records: readonly ScalingRecord[],
  contenders: readonly string[],
  engine: string,
): Omit<Table, 'title'> {
  const chosen = records.filter((each) => each.engine === engine && contenders.includes(each.contender));
  const labels = [...new Set(chosen.map(({ label }) => label))];
  const sides = [...new Set(chosen.map(({ side }) => side))].sort((a, b) => a - b);
  const of = (label: string, side: number) =>
    chosen.find((each) => each.label === label && each.side === side);
  const columns: readonly [unit: string, textOf: (record: ScalingRecord) => string][] = [
    ['latency (s)', ({ figures, failure }) => failureOf(failure) ?? formatNumber(figures?.seconds)],
    [
      'activations (MiB)',
      ({ figures, failure }) => failureOf(failure) ?? formatMebibytes(figures?.activationBytes),
    ],
    ['GFLOP', ({ cost }) => formatNumber(cost.flops! / 1e9)],
  ];
  return {
    columns: [
      { head: 'side (px)' },
      ...columns.flatMap(([unit]) => labels.map((label) => ({ head: `${label}, ${unit}` }))),
    ],
    rows: sides.map((side) => [
      String(side),
      ...columns.flatMap(([, textOf]) =>
        labels.map((label) => {
          const record = of(label, side);
          return record ? textOf(record) : 'not measured';
        }),
      ),
    ]),
  };
}

function failureOf(failure: ScalingRecord['failure']): string | undefined {
  if (!failure) return undefined;
  const texts = { memory: 'out of memory', time: 'out of time', error: 'failed', skipped: 'not tried' };
  return texts[failure.reason];
}

/** How each cost of each model grows, a row for each model and engine. */
export function shortExponentTable(exponents: readonly Exponent[]): Omit<Table, 'title'> {
  const costs = [...new Set(exponents.map(({ cost }) => cost))];
  const models = groupBy(exponents, ({ label, engine }) => `${label} ${engine}`);
  return {
    columns: [
      { head: 'model', align: 'left' },
      { head: 'engine', align: 'left' },
      ...costs.map((head) => ({ head })),
    ],
    rows: [...models.values()].map((ofModel) => [
      ofModel[0]!.label,
      engineTitle(ofModel[0]!.engine),
      ...costs.map((name) => {
        const found = ofModel.find(({ cost }) => cost === name);
        return found ? `${found.law.exponent.toFixed(2)} (${found.sides[0]} to ${found.sides.at(-1)})` : '';
      }),
    ]),
  };
}

/** Photographs of one data set. */
export function shortPhotographTable(results: readonly PhotographResult[]): Omit<Table, 'title'> {
  return {
    columns: [
      { head: 'data', align: 'left' },
      { head: 'images seen' },
      { head: 'model', align: 'left' },
      { head: 'given' },
      { head: 'validation' },
      { head: 'test' },
    ],
    rows: results
      .toSorted(
        (a, b) => a.data.localeCompare(b.data) || a.trainImages - b.trainImages || a.inputSize - b.inputSize,
      )
      .map((each) => [
        each.data,
        formatNumber(each.trainImages),
        each.title,
        `${each.inputSize} of ${each.imageSize}`,
        formatPercent(each.validation.accuracy),
        `${formatPercent(each.test.accuracy)} of ${formatNumber(each.test.images)}`,
      ]),
  };
}
