import type { AnnotatedObject, AnnotationSet, BoxEdges, Quadrilateral } from '../boxes/annotations.js';
import { boxAround } from '../boxes/annotations.js';
import { orientedIou } from '../boxes/oriented-iou.js';

/** A turned box found in an image. */
export interface OrientedDetection {
  readonly corners: Quadrilateral;
  readonly score: number;
  readonly label: number;
}

/** Mean average precision of oriented boxes at IoU 0.5, as DOTA's devkit measures it; 0 to 1. */
export interface OrientedMetrics {
  /** Mean over the classes that have objects; -1 where none has. */
  readonly mAP: number;
  /** With the 11-point rule of VOC 2007, which DOTA's own tables use. */
  readonly mAP07: number;
  /** -1 for a class without objects. */
  readonly classes: readonly { name: string; objects: number; AP: number; AP07: number }[];
}

/** An object as detections are compared with it. */
export interface Truth {
  readonly corners: Quadrilateral;
  readonly box: BoxEdges;
  readonly difficult: boolean;
  taken: boolean;
}

export function truthOf({ box, polygon, difficult, crowd }: AnnotatedObject): Truth {
  const [left, top, right, bottom] = box;
  const corners = polygon ?? ([left, top, right, top, right, bottom, left, bottom] as const);
  return { corners, box: boxAround(corners), difficult: Boolean(difficult || crowd), taken: false };
}

function touch(a: BoxEdges, b: BoxEdges): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/** The object that overlaps a detection most; the first of equals. */
export function nearest(corners: Quadrilateral, truths: readonly Truth[]) {
  const box = boxAround(corners);
  let [overlap, best] = [0, undefined as Truth | undefined];
  for (const truth of truths) {
    if (!touch(box, truth.box)) continue;
    const own = orientedIou(corners, truth.corners);
    if (own > overlap) [overlap, best] = [own, truth];
  }
  return { overlap, best };
}

interface Ranked extends OrientedDetection {
  readonly image: number;
}

/**
 * Precision and recall from the best detection to the worst. A detection is right if the object it overlaps most is free
 * and overlaps it by more than half; wrong if it is taken or overlaps less; neither if the object is difficult.
 */
function follow(ranked: readonly Ranked[], truths: readonly (readonly Truth[])[], threshold: number) {
  const positives = truths.flat().filter(({ difficult }) => !difficult).length;
  const [recall, precision]: [number[], number[]] = [[], []];
  let [right, wrong] = [0, 0];
  for (const { corners, image } of ranked) {
    const { overlap, best } = nearest(corners, truths[image]!);
    if (!best || overlap <= threshold || (best.taken && !best.difficult)) wrong++;
    else if (!best.difficult) {
      best.taken = true;
      right++;
    }
    recall.push(right / positives);
    precision.push(right / Math.max(right + wrong, Number.EPSILON));
  }
  return { recall, precision, positives };
}

/** Mean of the best precision at recalls of 0, 0.1 … 1 or higher (VOC 2007). */
export function elevenPointPrecision(recall: readonly number[], precision: readonly number[]): number {
  let sum = 0;
  for (let point = 0; point <= 10; point++) {
    // 0.1 times the point, as numpy's arange has it: 0.30000000000000004 is not 0.3.
    const reached = precision.filter((_, index) => recall[index]! >= point * 0.1);
    sum += reached.reduce((most, value) => Math.max(most, value), 0);
  }
  return sum / 11;
}

/** Area under the envelope of precision over recall (VOC 2010 on). */
export function areaUnderPrecision(recall: readonly number[], precision: readonly number[]): number {
  let [area, most] = [0, 0];
  for (let at = recall.length - 1; at >= 0; at--) {
    most = Math.max(most, precision[at]!);
    area += most * (recall[at]! - (at > 0 ? recall[at - 1]! : 0));
  }
  return area;
}

/**
 * Mean average precision of oriented boxes, by the protocol of DOTA_devkit's `dota_evaluation_task1` (Pascal VOC's with
 * polygon overlap). Equal scores keep the order of the images, then of the detections.
 * @param detectionsByImage one entry an image of the set, in its order
 * @param threshold overlap that must be exceeded
 */
export function orientedMetrics(
  set: AnnotationSet,
  detectionsByImage: readonly (readonly OrientedDetection[])[],
  threshold = 0.5,
): OrientedMetrics {
  const ranked = detectionsByImage
    .flatMap((detections, image) => detections.map((detection): Ranked => ({ ...detection, image })))
    .sort((a, b) => b.score - a.score);
  const classes = set.labels.map((name, label) => {
    const own = set.images.map(({ objects }) =>
      objects.filter((object) => object.label === label).map(truthOf),
    );
    const detections = ranked.filter((detection) => detection.label === label);
    const { recall, precision, positives: objects } = follow(detections, own, threshold);
    if (objects === 0) return { name, objects, AP: -1, AP07: -1 };
    const [AP, AP07] = [areaUnderPrecision(recall, precision), elevenPointPrecision(recall, precision)];
    return { name, objects, AP, AP07 };
  });
  const counted = classes.filter(({ objects }) => objects > 0);
  const mean = (key: 'AP' | 'AP07') =>
    counted.length === 0 ? -1 : counted.reduce((sum, own) => sum + own[key], 0) / counted.length;
  return { mAP: mean('AP'), mAP07: mean('AP07'), classes };
}
