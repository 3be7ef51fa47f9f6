import type { AngleErrors } from '../../evaluate/angle-errors.js';
import type { Interval } from '../../evaluate/bootstrap.js';
import type { CocoMetrics } from '../../evaluate/coco-metrics/coco-metrics.js';
import type { DetectionScores } from '../../evaluate/score-detections.js';

const columns = [
  'AP',
  'AP50',
  'AP75',
  'APs',
  'APm',
  'APl',
  'AR1',
  'AR10',
  'AR100',
  'ARs',
  'ARm',
  'ARl',
] as const;

function number(value: number): string {
  return value < 0 ? '-' : value.toFixed(3);
}

/** Rows of cells as text, the first column to the left. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function metricsRow(name: string, metrics: CocoMetrics): string[] {
  return [name, ...columns.map((column) => number(metrics[column]))];
}

function operatingLines({ operatingPoint, counts }: DetectionScores): string[] {
  if (!operatingPoint || !counts) return ['No detections.'];
  const { threshold, precision, recall, f1 } = operatingPoint;
  const share =
    counts.relative === undefined ? '' : `, ${(100 * counts.relative).toFixed(1)} % of all objects`;
  return [
    `score >= ${threshold.toFixed(3)}: precision ${number(precision)}, recall ${number(recall)}, F1 ${number(f1)} (IoU 0.5, classes as one)`,
    `counts off by ${counts.meanAbsolute.toFixed(2)} an image on average${share}`,
  ];
}

function within(interval: Interval | undefined): string {
  return interval ? `${number(interval.low)} to ${number(interval.high)}` : '-';
}

/** What chance in the choice of the images could have made of the figures. */
function intervalLines({ intervals, images }: DetectionScores): string[] {
  if (!intervals) return [];
  const { AP, AP50, classAgnostic, operatingPoint: point } = intervals;
  const rows = [
    [`95 % intervals over ${images} images`, 'AP', 'AP50', 'precision', 'recall', 'F1'],
    ['classes apart', within(AP), within(AP50), '', '', ''],
    [
      'as one',
      ...[classAgnostic.AP, classAgnostic.AP50, point?.precision, point?.recall, point?.f1].map(within),
    ],
  ];
  const few = images < 10 ? ['Of fewer than ten images: the true ones are wider.'] : [];
  return ['', ...table(rows), ...few];
}

/** COCO's numbers, by class, and what a threshold gives, as text. */
export function detectionEvaluationReport(scores: DetectionScores): string {
  const { images, objects, classes, oriented, oriented75 } = scores;
  const byClass = classes.map(({ name, objects: own, AP, AP50 }) => [
    name,
    String(own),
    number(AP),
    number(AP50),
  ]);
  const lines = [
    `${objects} objects in ${images} images`,
    '',
    ...table([
      ['', ...columns],
      metricsRow('classes apart', scores),
      metricsRow('as one', scores.classAgnostic),
    ]),
    '',
    ...table([['class', 'objects', 'AP', 'AP50'], ...byClass]),
    '',
    ...operatingLines(scores),
    ...intervalLines(scores),
  ];
  if (!oriented || !oriented75) return lines.join('\n');
  const byAngle = oriented.classes.map(({ name, AP, AP07 }, index) => [
    name,
    ...[AP, AP07, oriented75.classes[index]!.AP].map(number),
  ]);
  const mean = ['mean', ...[oriented.mAP, oriented.mAP07, oriented75.mAP].map(number)];
  const heading = ['oriented', 'AP50', '11 points', 'AP75'];
  return [...lines, '', ...table([heading, ...byAngle, mean]), '', ...angleTable(scores.angles ?? [])].join(
    '\n',
  );
}

/** Median errors of angles: of all objects found, and of the near squares among them without regard to quarter turns. */
function angleTable(errors: readonly AngleErrors[]): string[] {
  const degrees = (value: number | undefined) => (value === undefined ? '-' : `${value.toFixed(1)}°`);
  const rows = errors.map(({ name, found, median, nearSquares, nearSquareMedian }) => {
    return [name, String(found), degrees(median), String(nearSquares), degrees(nearSquareMedian)];
  });
  return table([['median error of angles', 'found', 'modulo 180°', 'near squares', 'modulo 90°'], ...rows]);
}
