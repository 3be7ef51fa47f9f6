import { palette } from '../charts/palette.js';
import type { Chart } from '../charts/render.js';
import type { OperatingPoint } from '../evaluate/coco-metrics/operating-point.js';
import { averagePrecision, type PrecisionRecall } from '../evaluate/coco-metrics/precision-recall.js';
import type { SetMatch } from './match-objects.js';
import { curveOf, sideOf } from './match-objects.js';

/** Points of a curve that a chart shows. */
const shownPoints = 200;

/** Precision, recall and F1 over the score from which detections are taken. */
export function scoreChart({ scores, precision, recall }: PrecisionRecall, best: OperatingPoint): Chart {
  const step = Math.max(1, Math.floor(scores.length / shownPoints));
  const values = Array.from({ length: Math.ceil(scores.length / step) }, (_, at) => at * step).flatMap(
    (at) => {
      const [p, r] = [precision[at]!, recall[at]!];
      const f1 = p + r > 0 ? (2 * p * r) / (p + r) : 0;
      return [
        { score: scores[at]!, value: p, what: 'precision' },
        { score: scores[at]!, value: r, what: 'recall' },
        { score: scores[at]!, value: f1, what: 'F1' },
      ];
    },
  );
  return {
    name: 'scores',
    caption: `Taking all scores from here on. Best F1: ${best.f1.toFixed(3)} at ${best.threshold.toFixed(3)}, precision ${best.precision.toFixed(3)}, recall ${best.recall.toFixed(3)}.`,
    spec: {
      width: 420,
      height: 240,
      layer: [
        {
          data: { values },
          mark: { type: 'line' },
          encoding: {
            x: { field: 'score', type: 'quantitative', title: 'score', scale: { domain: [0, 1] } },
            y: { field: 'value', type: 'quantitative', title: null, scale: { domain: [0, 1] } },
            color: colour(['precision', 'recall', 'F1']),
            strokeDash: { field: 'what', type: 'nominal', legend: null },
          },
        },
        {
          data: { values: [{ score: best.threshold }] },
          mark: { type: 'rule', color: palette.muted.light, strokeDash: [2, 3] },
          encoding: { x: { field: 'score', type: 'quantitative' } },
        },
      ],
    },
  };
}

function colour(domain: string[]) {
  const range = [palette.blue.light, palette.amber.light, palette.red.light];
  return { field: 'what', type: 'nominal' as const, scale: { domain, range }, title: null };
}

/** Precision over recall. */
export function precisionChart({ precision, recall }: PrecisionRecall): Chart {
  const step = Math.max(1, Math.floor(precision.length / shownPoints));
  const values = Array.from({ length: Math.ceil(precision.length / step) }, (_, at) => {
    return { recall: recall[at * step]!, precision: precision[at * step]! };
  });
  return {
    name: 'precision',
    caption: 'Precision over recall, all classes as one, overlap 0.5.',
    spec: {
      width: 420,
      height: 240,
      data: { values },
      mark: { type: 'line', color: palette.blue.light },
      encoding: {
        x: { field: 'recall', type: 'quantitative', scale: { domain: [0, 1] } },
        y: { field: 'precision', type: 'quantitative', scale: { domain: [0, 1] } },
        order: { field: 'recall' },
      },
    },
  };
}

/** How well objects of a range of sizes are found. */
export interface SizeScore {
  /** Square roots of areas in pixels, from the first up to the second. */
  readonly range: readonly [number, number];
  readonly objects: number;
  readonly ap50: number;
  /** Reached with all detections. */
  readonly recall: number;
}

/** AP50 by size: the objects in as many parts as there are sizes for, of as many objects each. */
export function scoresBySize(match: SetMatch, parts = 5): SizeScore[] {
  const sides = match.truths
    .flatMap(({ truth }) => (truth.ignored ? [] : [sideOf(truth.corners)]))
    .sort((a, b) => a - b);
  const count = Math.min(parts, Math.floor(sides.length / 10));
  const edges = [
    ...new Set(
      Array.from({ length: count - 1 }, (_, at) => sides[Math.round(((at + 1) * sides.length) / count)]!),
    ),
  ];
  const bounds = [0, ...edges, Number.POSITIVE_INFINITY];
  return bounds.slice(0, -1).map((low, at): SizeScore => {
    const range = [low, bounds[at + 1]!] as const;
    const curve = curveOf(match, range);
    const shown = [
      at === 0 ? (sides[0] ?? 0) : low,
      at === bounds.length - 2 ? (sides.at(-1) ?? 0) : range[1],
    ] as const;
    return {
      range: shown,
      objects: curve.positives,
      ap50: averagePrecision(curve),
      recall: curve.recall.at(-1) ?? 0,
    };
  });
}

/** AP50 and recall over the size of objects. */
export function sizeChart(scores: readonly SizeScore[]): Chart {
  const values = scores.map(({ range, ap50, objects }) => {
    return { size: `${range[0].toFixed(0)}–${range[1].toFixed(0)}`, ap50, objects };
  });
  return {
    name: 'sizes',
    caption: `AP50 over the size of objects, the square root of their area in pixels. Objects in each: ${scores.map(({ objects }) => objects).join(', ')}.`,
    spec: {
      width: 420,
      height: 220,
      data: { values },
      mark: { type: 'bar', color: palette.teal.light },
      encoding: {
        x: { field: 'size', type: 'ordinal', sort: null, title: 'size (pixels)', axis: { labelAngle: 0 } },
        y: { field: 'ap50', type: 'quantitative', title: 'AP50', scale: { domain: [0, 1] } },
      },
    },
  };
}
