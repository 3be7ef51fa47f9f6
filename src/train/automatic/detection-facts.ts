import type { AnnotatedObject, AnnotationSet } from '../../boxes/annotations.js';
import { boxArea, intersectBoxes } from '../../boxes/annotations.js';
import { rotatedBoxOf } from '../../boxes/rotated-box.js';
import type { Finding } from './choice.js';
import { ascending, quantile, shareText } from './choice.js';

/** Pixels: a tenth of the values lie below the first, half below the second, a tenth above the third. */
export interface Spread {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** What decides how a detector is trained. */
export interface DetectionFacts {
  readonly images: number;
  readonly objects: number;
  /** Longer sides of the objects, of turned boxes their own. */
  readonly longer: Spread;
  /** Longer sides of the images. */
  readonly imageSides: Spread;
  /** Share of the objects whose labels are boxes at an angle. */
  readonly turned: number;
  /** All longer sides, rising. */
  readonly sides: readonly number[];
}

/** Degrees from upright beyond which a box counts as turned. */
const leastTurn = 3;

/** Measures a labelled set. Objects that nothing is learned from, as crowds and difficult ones, do not count. */
export function detectionFacts({ images }: AnnotationSet): DetectionFacts {
  const objects = images.flatMap((image) => image.objects).filter(isLearned);
  const sides = ascending(objects.map(longerSide).filter((side) => side > 0));
  const turned = objects.filter(({ polygon }) => polygon && isTurned(rotatedBoxOf(polygon).angle)).length;
  return {
    images: images.length,
    objects: objects.length,
    longer: spreadOf(sides),
    imageSides: spreadOf(ascending(images.map(({ width, height }) => Math.max(width, height)))),
    turned: objects.length === 0 ? 0 : turned / objects.length,
    sides,
  };
}

function isLearned({ crowd, difficult }: AnnotatedObject): boolean {
  return !crowd && !difficult;
}

function longerSide({ box, polygon }: AnnotatedObject): number {
  return polygon ? rotatedBoxOf(polygon).length : Math.max(box[2] - box[0], box[3] - box[1]);
}

function isTurned(radians: number): boolean {
  const degrees = Math.abs((radians * 180) / Math.PI) % 90;
  return Math.min(degrees, 90 - degrees) > leastTurn;
}

function spreadOf(sorted: readonly number[]): Spread {
  return { low: quantile(sorted, 0.1), middle: quantile(sorted, 0.5), high: quantile(sorted, 0.9) };
}

/** A class with fewer objects is hardly learned. */
const fewObjects = 20;

/** What is worth knowing of labels before anything is trained on them. */
export function labelFindings(set: AnnotationSet): Finding[] {
  const objects = set.images.flatMap((image) => image.objects.map((object) => ({ image, object })));
  const perImage = ascending(set.images.map((image) => image.objects.length));
  const empty = perImage.filter((count) => count === 0).length;
  const counts = set.labels.map((name, label) => ({
    name,
    count: objects.filter(({ object }) => object.label === label).length,
  }));
  const findings: Finding[] = [
    {
      text:
        `${objects.length} objects in ${set.images.length} images: ${quantile(perImage, 0.5)} an image in the middle, at most ` +
        `${perImage.at(-1) ?? 0}; ${empty} images without any`,
    },
    { text: `classes: ${counts.map(({ name, count }) => `${name} ${count}`).join(', ')}` },
  ];
  for (const { name, count } of counts) {
    if (count === 0) findings.push({ text: `class ${name} has no object and is left out`, isWarning: true });
    else if (count < fewObjects) {
      findings.push({
        text: `class ${name} has ${count} objects: too few to be learned well`,
        isWarning: true,
      });
    }
  }
  return [...findings, ...boxFindings(objects)];
}

type Placed = { readonly image: AnnotationSet['images'][number]; readonly object: AnnotatedObject };

function boxFindings(objects: readonly Placed[]): Finding[] {
  const inside = ({ image, object }: Placed) =>
    boxArea(intersectBoxes(object.box, [0, 0, image.width, image.height]));
  const flat = objects.filter(({ object }) => boxArea(object.box) === 0);
  const outside = objects.filter((each) => boxArea(each.object.box) > 0 && inside(each) === 0);
  const cut = objects.filter((each) => inside(each) > 0 && inside(each) < 0.5 * boxArea(each.object.box));
  const seen = new Set<string>();
  const twice = objects.filter(({ image, object }) => {
    const key = `${image.path} ${object.label} ${object.box.join(' ')}`;
    return seen.has(key) || !seen.add(key);
  });
  const kinds: [Placed[], string][] = [
    [flat, 'without area: not learned from'],
    [outside, 'outside of their images: not learned from'],
    [cut, 'more than half outside of their images: taken as neither object nor background'],
    [twice, 'there twice: count as two'],
  ];
  return kinds.flatMap(([of, what]) => {
    const [first] = of;
    if (!first) return [];
    const text = `${shareText(of.length, objects.length)} boxes are ${what}, e.g. in ${first.image.path}`;
    return [{ text, isWarning: true }];
  });
}
