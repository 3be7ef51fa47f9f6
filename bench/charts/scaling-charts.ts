import type { TopLevelSpec } from 'vega-lite';
import type { PositionFieldDef } from 'vega-lite/build/src/channeldef.js';
import type { LayerSpec } from 'vega-lite/build/src/spec/index.js';
import { seriesStyles } from '../../src/charts/palette.js';
import type { Chart } from '../../src/charts/render.js';
import type { ScalingRecord } from '../scaling/scaling-record.js';
import { logTicks } from './log-ticks.js';
import { seriesEncoding, seriesOf } from './series.js';

/** One figure drawn against the image size. */
interface Measure {
  readonly name: string;
  readonly axis: string;
  readonly caption: string;
  /** undefined where there is none */
  figureOf(record: ScalingRecord): number | undefined;
}

const FAILURES =
  'A cross on the upper edge marks the size at which a model failed. Both axes are logarithmic.';

const measures: readonly Measure[] = [
  {
    name: 'latency',
    axis: 'latency of one image (s)',
    caption: `Time from decoded pixels to class scores, shrinking included. ${FAILURES}`,
    figureOf: ({ figures }) => figures?.seconds,
  },
  {
    name: 'throughput',
    axis: 'throughput (megapixels/s)',
    caption: `Pixels of the original image a second, batch 1. ${FAILURES}`,
    figureOf: ({ figures }) => figures?.megapixelsPerSecond,
  },
  {
    name: 'activation-memory',
    axis: 'peak activation memory (MiB)',
    caption: `What the first run needs beyond the loaded model and its input. ${FAILURES}`,
    figureOf: ({ figures }) => figures?.activationBytes && figures.activationBytes / 2 ** 20,
  },
  {
    name: 'process-memory',
    axis: 'peak memory of the process (MiB)',
    caption: `Resident memory of a process that loads the model and runs one image. ${FAILURES}`,
    figureOf: ({ figures }) => figures?.peakRssBytes && figures.peakRssBytes / 2 ** 20,
  },
  {
    name: 'operations',
    axis: 'floating-point operations of one image (GFLOP)',
    caption: 'Computed from the architecture, not measured. Both axes are logarithmic.',
    figureOf: ({ cost }) => cost.flops! / 1e9,
  },
];

/**
 * The charts over image sizes of the models on one engine; those without figures at two sizes are left out.
 */
export function scalingCharts(records: readonly ScalingRecord[], engine: string): Chart[] {
  const ofEngine = records.filter((record) => record.engine === engine);
  return measures.flatMap((measure) => {
    const points = pointsOf(ofEngine, measure);
    if (new Set(points.map(({ side }) => side)).size < 2) return [];
    const spec = chartSpec(points, measure.name === 'operations' ? [] : failuresOf(ofEngine), measure);
    return { name: `${measure.name}-${engine}`, caption: measure.caption, spec };
  });
}

interface Point {
  readonly id: string;
  readonly label: string;
  readonly side: number;
  readonly value: number;
}

function pointsOf(records: readonly ScalingRecord[], { figureOf }: Measure): Point[] {
  return records.flatMap((record) => {
    const value = figureOf(record);
    return value ? { id: record.contender, label: record.label, side: record.side, value } : [];
  });
}

/** Where each series ended; several that end at one size are placed below each other. */
function failuresOf(records: readonly ScalingRecord[]) {
  const failed = records.filter(({ failure }) => failure && failure.reason !== 'skipped');
  return failed.map(({ contender: id, label, side }, index) => ({
    id,
    label,
    side,
    row: failed.slice(0, index).filter((other) => other.side === side).length,
  }));
}

function chartSpec(
  points: readonly Point[],
  failures: ReturnType<typeof failuresOf>,
  { axis }: Measure,
): TopLevelSpec {
  const { color, shape, strokeDash } = seriesEncoding(seriesOf(points), { marks: true });
  const data = { values: [...points] };
  const values = points.map(({ value }) => value);
  const x = sideAxis([...points, ...failures].map(({ side }) => side));
  // Above the highest point there is room for the crosses.
  const domain: [number, number] = [
    Math.min(...values) / 1.5,
    Math.max(...values) * (failures.length ? 4 : 1.5),
  ];
  const y: PositionFieldDef<string> = {
    field: 'value',
    type: 'quantitative',
    title: axis,
    scale: { type: 'log', domain, nice: false },
    axis: { values: logTicks(domain), format: '~g' },
  };
  const crosses: LayerSpec<string>['layer'] = failures.map((failure) => ({
    data: { values: [failure] },
    mark: { type: 'text', text: '\u00d7', fontSize: 18, fontWeight: 'bold' },
    // Not a field, or the legend would show the crosses as its marks.
    encoding: {
      x,
      y: { value: 10 + 14 * failure.row },
      color: { value: seriesStyles[failure.id]!.colour.light },
    },
  }));
  return {
    width: 600,
    height: 340,
    layer: [
      { data, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color, strokeDash } },
      // Hollow, since series may overlap.
      {
        data,
        mark: { type: 'point', size: 60, strokeWidth: 1.8, opacity: 1 },
        encoding: { x, y, color, shape },
      },
      ...crosses,
    ],
  };
}

/** A logarithmic axis with a tick at every size measured. */
function sideAxis(measured: readonly number[]): PositionFieldDef<string> {
  const sides = [...new Set(measured)].sort((a, b) => a - b);
  return {
    field: 'side',
    type: 'quantitative',
    title: 'side of the square image (pixels)',
    scale: { type: 'log', domain: [sides[0]! * 0.93, sides.at(-1)! * 1.07], nice: false },
    axis: { values: sides, format: 'd', labelOverlap: false },
  };
}
