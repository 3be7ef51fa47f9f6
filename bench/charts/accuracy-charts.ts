import type { TopLevelSpec } from 'vega-lite';
import type { PositionFieldDef } from 'vega-lite/build/src/channeldef.js';
import type { UnitSpec } from 'vega-lite/build/src/spec/index.js';
import { groupBy } from '../../src/base/group-by.js';
import { seriesIdOf } from '../../src/charts/palette.js';
import type { Chart } from '../../src/charts/render.js';
import type { Accuracy } from '../experiments/accuracy.js';
import { accuracyAxis } from './accuracy-axis.js';
import { seriesEncoding, seriesOf } from './series.js';

const BARS =
  'Bars: one standard deviation over the seeds; where there is a single seed, the 95 % Wilson interval of its test ' +
  'images. Hollow marks: sizes that the model was measured on without having been trained there.';

/** Accuracy against the side of the canvas, a chart for each curriculum with a panel for each question. */
export function canvasCharts(accuracies: readonly Accuracy[]): Chart[] {
  // On needle scenes the object may be chosen too: the chart over its share of the canvas is theirs.
  const ofCanvas = accuracies.filter(({ generator }) => generator !== 'needle');
  return [...groupBy(ofCanvas, ({ curriculum }) => curriculum)].map(([curriculum, rows]) => ({
    name: `accuracy-canvas-${curriculum}`,
    caption:
      `Curriculum ${curriculum}: share of test images answered right against the side of the canvas; digits are 28 ` +
      `pixels high on each. ${BARS}`,
    spec: panels(rows, ({ canvas }) => canvas, 'side of the canvas (pixels)'),
  }));
}

/** Accuracy against how small the object is that the answer depends on. */
export function objectCharts(accuracies: readonly Accuracy[]): Chart[] {
  const ofSeveral = [...groupBy(accuracies, ({ curriculum }) => curriculum)].filter(
    ([, rows]) => new Set(rows.map(shareOf)).size > 1,
  );
  return ofSeveral.map(([curriculum, rows]) => ({
    name: `accuracy-object-${curriculum}`,
    caption:
      `Curriculum ${curriculum}: share of test images answered right against the side of the object as a part of the ` +
      `canvas. ${BARS}`,
    spec: panels(rows, shareOf, 'side of the object / side of the canvas'),
  }));
}

/** A mark of `accuracyPanels`. */
export interface AccuracyPoint extends Pick<Accuracy, 'title' | 'task' | 'spread' | 'interval'> {
  /** On the horizontal axis, which is logarithmic. */
  readonly position: number;
  /** Whether the model was trained on such images. */
  readonly isTrained: boolean;
}

function shareOf({ canvas, object }: Accuracy): number {
  return Number((object / canvas).toPrecision(2));
}

function panels(
  rows: readonly Accuracy[],
  positionOf: (row: Accuracy) => number,
  title: string,
): TopLevelSpec {
  const points = rows.map((row) => ({
    ...row,
    position: positionOf(row),
    isTrained: row.trainedCanvas === undefined,
  }));
  return accuracyPanels(points, title);
}

/** Accuracy against something, a panel for each question. */
export function accuracyPanels(points: readonly AccuracyPoint[], title: string): TopLevelSpec {
  const values = points.map((point) => ({
    id: seriesIdOf(point.title),
    label: point.title,
    task: point.task,
    position: point.position,
    accuracy: point.spread.mean,
    isTrained: point.isTrained,
    low: point.interval[0],
    high: point.interval[1],
  }));
  const { color, shape, strokeDash } = seriesEncoding(seriesOf(values), { marks: true });
  const x = logAxis(
    values.map(({ position }) => position),
    title,
  );
  const y = accuracyAxis;
  return {
    data: { values },
    facet: { field: 'task', type: 'nominal', title: null, sort: tasksOf(points) },
    columns: 2,
    spec: {
      width: 280,
      height: 200,
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        },
        { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color, strokeDash } },
        pointsWhere('datum.isTrained', true, { x, y, color, shape }),
        pointsWhere('!datum.isTrained', false, { x, y, color, shape }),
      ],
    },
  };
}

function pointsWhere(
  filter: string,
  filled: boolean,
  encoding: UnitSpec<string>['encoding'],
): UnitSpec<string> {
  return {
    transform: [{ filter }],
    mark: { type: 'point', filled, size: 60, strokeWidth: 1.8, opacity: 1 },
    encoding,
  };
}

function tasksOf(rows: readonly Pick<Accuracy, 'task'>[]): string[] {
  return [...new Set(rows.map(({ task }) => task))];
}

/** A logarithmic axis with a tick at every position. */
function logAxis(positions: readonly number[], title: string): PositionFieldDef<string> {
  const values = [...new Set(positions)].sort((a, b) => a - b);
  return {
    field: 'position',
    type: 'quantitative',
    title,
    scale: { type: 'log', domain: [values[0]! * 0.85, values.at(-1)! * 1.15], nice: false },
    axis: { values, format: '~r' },
  };
}
