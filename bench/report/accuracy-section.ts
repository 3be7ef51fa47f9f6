import { groupBy } from '../../src/base/group-by.js';
import type { Chart } from '../../src/charts/render.js';
import { canvasCharts, objectCharts } from '../charts/accuracy-charts.js';
import { learningCharts } from '../charts/learning-charts.js';
import type { ParetoPoint } from '../charts/pareto-chart.js';
import { paretoChart } from '../charts/pareto-chart.js';
import { type Accuracy, summariseAccuracies } from '../experiments/accuracy.js';
import type { LearningCurve } from '../experiments/learning-curve.js';
import type { ExperimentResult } from '../experiments/result.js';
import type { RowRecord } from '../journal.js';
import { experimentRowName } from '../scaling/experiment-row.js';
import { accuracyTables, publishedTable } from './accuracy-tables.js';
import type { Section } from './section.js';

/** The question that models are compared by where only one can be shown. */
const MAIN_TASKS: readonly string[] = ['majority', 'needle'];

/** What the experiments found, and at what latency where their models have been timed. */
export function accuracySection(
  results: readonly ExperimentResult[],
  curves: readonly LearningCurve[],
  rows: readonly RowRecord[],
): Section {
  const accuracies = summariseAccuracies(results);
  const seeds = [...new Set(results.map(({ seed }) => seed))].sort((a, b) => a - b);
  return {
    title: 'Accuracy',
    text:
      'Models trained here on generated images, those of a curriculum with the same number of images and about as ' +
      `many parameters. Seeds ${seeds.join(', ')}; each experiment is a file in configs/experiments, its result one in ` +
      'docs/benchmark/results.',
    charts: [
      ...canvasCharts(accuracies),
      ...objectCharts(accuracies),
      ...paretoCharts(accuracies, latencies(results, rows)),
      ...learningCharts(curves),
    ],
    tables: accuracies.length > 0 ? [...accuracyTables(accuracies), publishedTable(accuracies)] : [],
  };
}

/** Latencies in seconds by generator, title and canvas. */
function latencies(results: readonly ExperimentResult[], rows: readonly RowRecord[]): Map<string, number> {
  const seconds = new Map(rows.map(({ name, figures }) => [name, figures?.seconds]));
  return new Map(
    results.flatMap((result) => {
      const latency = seconds.get(experimentRowName(result));
      return latency ? [[keyOf(result), latency] as const] : [];
    }),
  );
}

function keyOf({ generator, title, canvas }: Pick<Accuracy, 'generator' | 'title' | 'canvas'>): string {
  return `${generator} ${title} ${canvas}`;
}

function paretoCharts(accuracies: readonly Accuracy[], latency: ReadonlyMap<string, number>): Chart[] {
  const timed = accuracies.filter((each) => MAIN_TASKS.includes(each.task) && latency.has(keyOf(each)));
  return [...groupBy(timed, ({ curriculum }) => curriculum)].map(([curriculum, ofOne]) => {
    const points = ofOne.map((each): ParetoPoint => {
      const { title, canvas, spread } = each;
      return { title, canvas, latency: latency.get(keyOf(each))!, accuracy: spread.mean };
    });
    return paretoChart(curriculum, ofOne[0]!.task, points);
  });
}
