import type { AnnotatedObject, AnnotationSet } from '../../boxes/annotations.js';
import type { AreaName, ScoredBoxes } from '../../boxes/protocol.js';
import { areaNames, areaRanges, defaultDetectionLimits } from '../../boxes/protocol.js';
import type { ImageMatches, ScoredBox } from './match-image.js';
import { matchImage, pairImage } from './match-image.js';

export interface CocoOptions {
  /** Takes all classes for one: a bus found as a car is found. */
  readonly classAgnostic?: boolean;
  /** Limits on the detections of an image and class that AR1, AR10 and AR100 stand for; the last holds for all else. */
  readonly detectionLimits?: readonly [number, number, number];
}

/** Matches of a whole set: for each class and area range, those of the images that have objects or detections of it. */
export interface SetMatches {
  readonly classes: readonly Readonly<Record<AreaName, readonly ImageMatches[]>>[];
  readonly detectionLimits: readonly [number, number, number];
}

/** What one image has of each class; detections of classes that the set does not have come last. */
interface ByClass {
  readonly objects: readonly AnnotatedObject[][];
  readonly detections: readonly ScoredBox[][];
}

function byClass(objects: readonly AnnotatedObject[], found: ScoredBoxes, classes: number): ByClass {
  const objectsOf: AnnotatedObject[][] = Array.from({ length: classes }, () => []);
  const detectionsOf: ScoredBox[][] = Array.from({ length: classes + 1 }, () => []);
  for (const object of objects) objectsOf[object.label]!.push(object);
  const { boxes, scores } = found;
  for (let index = 0; index < found.count; index++) {
    const at = 4 * index;
    const box = [boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!] as const;
    const own = found.classes[index]!;
    detectionsOf[own >= 0 && own < classes ? own : classes]!.push({ box, score: scores[index]! });
  }
  return { objects: objectsOf, detections: detectionsOf };
}

/** All classes as one, class after class: pycocotools breaks ties of score in that order. */
function merged({ objects, detections }: ByClass): ByClass {
  return { objects: [objects.flat()], detections: [detections.flat()] };
}

/**
 * Compares the detections of all images with their labels, by COCO's protocol (pycocotools' COCOeval, iouType "bbox").
 * Objects marked difficult are left out like crowds, but may be taken once only.
 * @param detections one entry an image of the set, in its order, which breaks ties between images
 */
export function matchSet(
  set: AnnotationSet,
  detections: readonly ScoredBoxes[],
  options: CocoOptions = {},
): SetMatches {
  const { classAgnostic = false, detectionLimits = defaultDetectionLimits } = options;
  const images = set.images.map(({ objects }, index) => {
    const own = byClass(objects, detections[index]!, set.labels.length);
    return classAgnostic ? merged(own) : own;
  });
  const count = classAgnostic ? 1 : set.labels.length;
  const classes = Array.from({ length: count }, (_, label) => {
    const pairs = images
      .filter(({ objects, detections }) => objects[label]!.length + detections[label]!.length > 0)
      .map(({ objects, detections }) => pairImage(objects[label]!, detections[label]!, detectionLimits[2]));
    const entries = areaNames.map((area) => [area, pairs.map((pair) => matchImage(pair, areaRanges[area]))]);
    return Object.fromEntries(entries) as Record<AreaName, ImageMatches[]>;
  });
  return { classes, detectionLimits };
}

/**
 * Matches of the images of several sets together, a set as often as it is given: what {@link matchSet} of all these images
 * would be.
 * @param sets of the same classes; at least one
 */
export function joinMatches(sets: readonly SetMatches[]): SetMatches {
  const { classes, detectionLimits } = sets[0]!;
  const joined = classes.map((_, label) => {
    const entries = areaNames.map((area) => [area, sets.flatMap((set) => set.classes[label]![area])]);
    return Object.fromEntries(entries) as Record<AreaName, ImageMatches[]>;
  });
  return { classes: joined, detectionLimits };
}
