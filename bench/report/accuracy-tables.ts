import { groupBy } from '../../src/base/group-by.js';
import type { Accuracy } from '../experiments/accuracy.js';
import { publishedFigures } from '../experiments/published.js';
import { formatNumber, formatPercent } from './format.js';
import type { Table } from './table.js';

/** One table for each curriculum: every model, canvas and question with its spread. */
export function accuracyTables(accuracies: readonly Accuracy[]): Table[] {
  return [...groupBy(accuracies, ({ curriculum }) => curriculum)].map(([curriculum, rows]) => ({
    title: `Accuracy: ${curriculum}`,
    note:
      'Share of test images answered right. sd: standard deviation over seeds. The interval of a single seed is the ' +
      '95 % Wilson interval of its test images. None of them was used in training or selection.',
    columns: [
      { head: 'question', align: 'left' },
      { head: 'canvas (px)' },
      { head: 'object (px)' },
      { head: 'model', align: 'left' },
      { head: 'given (px)' },
      { head: 'object as given (px)' },
      { head: 'parameters' },
      { head: 'training images' },
      { head: 'seeds' },
      { head: 'test images' },
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
    String(row.object),
    row.title,
    String(row.inputSize),
    formatNumber(row.object * Math.min(1, row.inputSize / row.canvas)),
    formatNumber(row.parameters),
    formatNumber(row.trainImages),
    String(count),
    formatNumber(row.testImages),
    formatPercent(mean),
    standardDeviation === undefined ? '' : formatPercent(standardDeviation),
    `${formatPercent(low)} to ${formatPercent(high)}`,
  ];
}

const PUBLISHED_TASKS = ['majority', 'max', 'top', 'multi'] as const;

/** What others published, with the canvas it was on, beside what was measured here on the largest ones. */
export function publishedTable(accuracies: readonly Accuracy[]): Table {
  const ours = accuracies.filter(({ generator }) => generator === 'megapixel-mnist');
  const trained = Math.max(
    ...ours.filter((each) => each.trainedCanvas === undefined).map(({ canvas }) => canvas),
  );
  const isSmaller = publishedFigures.every(({ canvas }) => canvas > trained);
  return {
    title: 'Published on Megapixel MNIST',
    note: isSmaller
      ? `Those were trained on a larger canvas than ours, whose training ends at ${trained} pixels: not the same task.`
      : 'To be compared with ours on the same canvas only.',
    columns: [
      { head: 'method', align: 'left' },
      { head: 'canvas (px)' },
      { head: 'training images' },
      ...PUBLISHED_TASKS.map((head) => ({ head })),
      { head: 'source', align: 'left' as const },
    ],
    rows: [
      ...publishedFigures.map(({ method, canvas, trainImages, accuracies: shares, source }) => [
        method,
        String(canvas),
        formatNumber(trainImages),
        ...PUBLISHED_TASKS.map((task) => (shares[task] === undefined ? '' : formatPercent(shares[task]))),
        source,
      ]),
      ...ourRows(ours.filter(({ canvas }) => canvas >= trained)),
    ],
  };
}

function ourRows(accuracies: readonly Accuracy[]): string[][] {
  const models = groupBy(accuracies, ({ title, curriculum, canvas }) => `${curriculum} ${canvas} ${title}`);
  return [...models.values()].map((tasks) => {
    const { title, curriculum, canvas, trainImages, trainedCanvas } = tasks[0]!;
    const shareOf = (task: string) => tasks.find((each) => each.task === task)?.spread.mean;
    return [
      title,
      String(canvas),
      formatNumber(trainImages),
      ...PUBLISHED_TASKS.map(shareOf).map((share) => (share === undefined ? '' : formatPercent(share))),
      `here, ${curriculum}${trainedCanvas === undefined ? '' : `, trained up to ${trainedCanvas} pixels`}`,
    ];
  });
}
