import type { LayerSpec, UnitSpec } from 'vega-lite/build/src/spec/index.js';
import { groupBy } from '../../src/base/group-by.js';
import { palette, seriesIdOf } from '../../src/charts/palette.js';
import type { Chart } from '../../src/charts/render.js';
import { accuracyAxis } from './accuracy-axis.js';
import { logTicks } from './log-ticks.js';
import { seriesEncoding, seriesOf } from './series.js';

/** A model at a canvas: its cost and its accuracy. */
export interface ParetoPoint {
  readonly title: string;
  readonly canvas: number;
  /** Seconds for one image. */
  readonly latency: number;
  readonly accuracy: number;
}

/** The points that no other one beats in both latency and accuracy, by latency. */
export function paretoFront<Point extends Pick<ParetoPoint, 'latency' | 'accuracy'>>(
  points: readonly Point[],
): Point[] {
  const front: Point[] = [];
  const byLatency = points.toSorted((a, b) => a.latency - b.latency || b.accuracy - a.accuracy);
  for (const point of byLatency) {
    if (point.accuracy > (front.at(-1)?.accuracy ?? Number.NEGATIVE_INFINITY)) front.push(point);
  }
  return front;
}

/**
 * Accuracy against latency, a panel for each canvas: accuracies on different canvases answer different
 * questions.
 * @param curriculum of the models @param task what the accuracy is of
 */
export function paretoChart(curriculum: string, task: string, points: readonly ParetoPoint[]): Chart {
  const canvases = [...groupBy(points, ({ canvas }) => canvas)].sort(([a], [b]) => a - b);
  const latencies = points.map(({ latency }) => latency);
  const domain: [number, number] = [Math.min(...latencies) / 1.5, Math.max(...latencies) * 1.5];
  const values = points.map((point) => ({ ...point, id: seriesIdOf(point.title), label: point.title }));
  const series = seriesEncoding(seriesOf(values));
  return {
    name: `pareto-${curriculum}`,
    caption:
      `Curriculum ${curriculum}: accuracy (${task}) against the time for one image, for each side of the canvas. ` +
      'Upper left is better; the grey line joins the models that no other one beats in both.',
    spec: { hconcat: canvases.map(([canvas, ofCanvas]) => panel(canvas, ofCanvas, domain, series)) },
  };
}

function panel(
  canvas: number,
  points: readonly ParetoPoint[],
  domain: [number, number],
  { color, shape }: ReturnType<typeof seriesEncoding>,
): LayerSpec<string> {
  const labelled = points.map((point) => ({ ...point, label: point.title }));
  const encoding: UnitSpec<string>['encoding'] = {
    x: {
      field: 'latency',
      type: 'quantitative',
      title: 'latency of one image (s)',
      scale: { type: 'log', domain, nice: false },
      axis: { format: '~g', values: logTicks(domain), grid: false },
    },
    y: accuracyAxis,
  };
  return {
    width: 220,
    height: 240,
    title: { text: `${canvas} x ${canvas} pixels`, fontSize: 12 },
    layer: [
      {
        data: { values: paretoFront(labelled) },
        mark: { type: 'line', interpolate: 'step-after', color: palette.muted.light, strokeDash: [3, 3] },
        encoding,
      },
      {
        data: { values: labelled },
        mark: { type: 'point', size: 110, strokeWidth: 2.2, opacity: 1 },
        encoding: { ...encoding, color, shape },
      },
    ],
  };
}
