import RBush from 'rbush';
import { convexIntersectionArea, signedArea } from '../../boxes/convex-intersection.js';
import { areaUnderPrecision } from '../oriented-metrics.js';
import type { MapObject } from './map-objects.js';

/** When a detection counts as found: an overlap of at least so much, or a centre within so many metres. */
export type MapRule = { readonly iou: number } | { readonly metres: number };

/** How well detections of a class agree with labels. */
export interface MapClassMetrics {
  readonly name: string;
  readonly objects: number;
  readonly detections: number;
  /** Area under precision over recall; -1 without objects. */
  readonly AP: number;
  /** At the score with the best F1; absent without detections. */
  readonly best?: {
    readonly threshold: number;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
  };
}

export interface MapMetrics extends MapClassMetrics {
  readonly rule: MapRule;
  /** Mean of the AP of the classes that have objects; -1 where none has. */
  readonly mAP: number;
  readonly classes: readonly MapClassMetrics[];
}

interface Entry {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly truth: MapObject;
}

/** Metres of a degree of latitude: a mean over the ellipsoid, half a percent off at most. */
const metresPerDegree = 111_195;

/**
 * Scores detections on Earth against labels on Earth, whatever images they come from. Each detection, the best first, takes
 * the free object of its class that overlaps it most, or lies nearest; what finds none is wrong.
 */
export function mapMetrics(
  truths: readonly MapObject[],
  found: readonly MapObject[],
  rule: MapRule,
): MapMetrics {
  const labels = [...new Set([...truths, ...found].map(({ label }) => label))].sort();
  const matched = labels.map((name) => {
    const own = truths.filter(({ label }) => label === name);
    const detections = found.filter(({ label }) => label === name).toSorted((a, b) => b.score - a.score);
    return { name, objects: own.length, hits: match(own, detections, rule) };
  });
  const classes = matched.map(({ name, objects, hits }) => metricsOf(name, objects, hits));
  const all = matched.flatMap(({ hits }) => hits).toSorted((a, b) => b.score - a.score);
  const counted = classes.filter(({ objects }) => objects > 0);
  const mAP = counted.length === 0 ? -1 : counted.reduce((sum, { AP }) => sum + AP, 0) / counted.length;
  return { ...metricsOf('all', truths.length, all), rule, mAP, classes };
}

interface Hit {
  readonly score: number;
  readonly isRight: boolean;
}

function match(truths: readonly MapObject[], detections: readonly MapObject[], rule: MapRule): Hit[] {
  const index = new RBush<Entry>();
  index.load(truths.map(entryOf));
  const free = new Set(truths);
  return detections.map((detection) => {
    const candidates = index.search(around(detection, rule)).filter(({ truth }) => free.has(truth));
    let [best, closest]: [MapObject | undefined, number] = [undefined, -Infinity];
    for (const { truth } of candidates) {
      const own = closeness(detection, truth, rule);
      if (own > closest) [best, closest] = [truth, own];
    }
    const limit = 'iou' in rule ? rule.iou : -rule.metres;
    const isRight = best !== undefined && closest >= limit;
    if (isRight) free.delete(best!);
    return { score: detection.score, isRight };
  });
}

function entryOf(truth: MapObject): Entry {
  return { ...boundsOf(truth), truth };
}

function boundsOf({ corners }: MapObject) {
  const [xs, ys] = [0, 1].map((axis) => corners.filter((_, at) => at % 2 === axis)) as [number[], number[]];
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

function around(detection: MapObject, rule: MapRule) {
  const { minX, minY, maxX, maxY } = boundsOf(detection);
  if ('iou' in rule) return { minX, minY, maxX, maxY };
  const down = (1.01 * rule.metres) / metresPerDegree;
  const across = down / Math.max(0.01, Math.cos((Math.abs(maxY) * Math.PI) / 180));
  return { minX: minX - across, minY: minY - down, maxX: maxX + across, maxY: maxY + down };
}

/** The larger the closer: overlap, or the negative distance of the centres in metres. */
function closeness(a: MapObject, b: MapObject, rule: MapRule): number {
  if ('metres' in rule) {
    const cos = Math.cos((((a.centre[1] + b.centre[1]) / 2) * Math.PI) / 180);
    const [dx, dy] = [(a.centre[0] - b.centre[0]) * cos, a.centre[1] - b.centre[1]];
    return -metresPerDegree * Math.hypot(dx, dy);
  }
  // Shares of areas do not depend on how long a degree is in each direction.
  const common = convexIntersectionArea(a.corners, b.corners);
  const union = Math.abs(signedArea(a.corners)) + Math.abs(signedArea(b.corners)) - common;
  return union > 0 ? common / union : 0;
}

function metricsOf(name: string, objects: number, hits: readonly Hit[]): MapClassMetrics {
  const [recall, precision]: [number[], number[]] = [[], []];
  let [right, best]: [number, MapClassMetrics['best']] = [0, undefined];
  for (const [index, { score, isRight }] of hits.entries()) {
    if (isRight) right++;
    recall.push(objects === 0 ? 0 : right / objects);
    precision.push(right / (index + 1));
    // A threshold takes all of a score.
    if (hits[index + 1]?.score === score) continue;
    const f1 = (2 * right) / (objects + index + 1);
    if (!best || f1 > best.f1)
      best = { threshold: score, precision: precision.at(-1)!, recall: recall.at(-1)!, f1 };
  }
  const AP = objects === 0 ? -1 : areaUnderPrecision(recall, precision);
  return { name, objects, detections: hits.length, AP, best };
}
