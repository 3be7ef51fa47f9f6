import type { Accuracy } from '../experiments/accuracy.js';
import { publishedFigures } from '../experiments/published.js';
import { groupBy } from '../group-by.js';
import { formatNumber, formatPercent } from './format.js';
import type { Table } from './table.js';

/** One table for each curriculum: every model, canvas and question with its spread. */
export function accuracyTables(accuracies: readonly Accuracy[]): Table[] {
  return [...groupBy(accuracies, ({ curriculum }) => curriculum)].map(([curriculum, rows]) => ({
    title: `Accuracy: ${curriculum}`,
    note:
      'Share of test pictures answered right. sd: standard deviation over seeds. The interval of a single seed is the ' +
      '95 % Wilson interval of its test pictures. None of them was used in training or selection.',
    columns: [
      { head: 'question', align: 'left' },
      { head: 'canvas (px)' },
      { head: 'object (px)' },
      { head: 'model', align: 'left' },
      { head: 'given (px)' },
      { head: 'parameters' },
      { head: 'training pictures' },
      { head: 'seeds' },
      { head: 'test pictures' },
      { head: 'accuracy' },
      { head: 'sd' },
      { head: 'range or 95 % interval' },
    ],
    rows: rows.toSorted(byTaskAndCanvas).map(cellsOf),
  }));
}

function byTaskAndCanvas(a: Accuracy, b: Accuracy): number {
  const tasks = ['majority', 'max', 'top', 'multi'];
  return (
    tasks.indexOf(a.task) - tasks.indexOf(b.task) || a.canvas - b.canvas || a.title.localeCompare(b.title)
  );
}

function cellsOf({ spread, interval, ...row }: Accuracy): string[] {
  const { standardDeviation, least, most, mean, count } = spread;
  const [low, high] = standardDeviation === undefined ? interval : [least, most];
  return [
    row.task,
    `${row.canvas}${row.trainedCanvas === undefined ? '' : ` (trained up to ${row.trainedCanvas})`}`,
    row.object === undefined ? '' : String(row.object),
    row.title,
    String(row.inputSize),
    formatNumber(row.parameters),
    formatNumber(row.trainImages),
    String(count),
    formatNumber(row.testImages),
    formatPercent(mean),
    standardDeviation === undefined ? '' : formatPercent(standardDeviation),
    `${formatPercent(low)} to ${formatPercent(high)}`,
  ];
}

/** What others published, with the canvas it was on. */
export function publishedTable(accuracies: readonly Accuracy[]): Table {
  const largest = Math.max(...accuracies.map(({ canvas }) => canvas));
  const isSmaller = publishedFigures.every(({ canvas }) => canvas > largest);
  const tasks = ['majority', 'max', 'top', 'multi'];
  return {
    title: 'Published on Megapixel MNIST',
    note: isSmaller
      ? `On a larger canvas than ours, which end at ${largest} pixels: not the same task.`
      : 'To be compared with ours on the same canvas only.',
    columns: [
      { head: 'method', align: 'left' },
      { head: 'canvas (px)' },
      { head: 'training pictures' },
      ...tasks.map((head) => ({ head })),
      { head: 'source', align: 'left' as const },
    ],
    rows: publishedFigures.map(({ method, canvas, trainImages, accuracies: shares, source }) => [
      method,
      String(canvas),
      formatNumber(trainImages),
      ...tasks.map((task) => (shares[task] === undefined ? '' : formatPercent(shares[task]))),
      source,
    ]),
  };
}
