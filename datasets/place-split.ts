import { basename, dirname, parse } from 'node:path';
import { groupBy } from '../src/base/group-by.js';
import { permutation, randomStream, StreamPurpose } from '../src/base/random.js';
import type { BoxEdges } from '../src/boxes/annotations.js';

/** An image to be put on one side of a split. */
export interface PlacedImage {
  readonly path: string;
  /** Where it lies, in coordinates that all images of the set share; absent where that is not known. */
  readonly bounds?: BoxEdges;
  /** Images with the same mark are copies of one another, and stay together. */
  readonly copyOf?: number;
  /** What it is to show on both sides where possible, e.g. classes. */
  readonly labels: readonly number[];
}

/** Which images to validate on, and by what rule. */
export interface PlaceSplit {
  readonly validation: ReadonlySet<number>;
  readonly how: string;
}

interface Grouping {
  readonly groups: readonly (readonly number[])[];
  readonly how: string;
  /** Groups stand in an order of place: the last ones are held out, not any. */
  readonly isOrdered?: boolean;
}

/** A group with more of the images than this says nothing about place. */
const largestShare = 0.7;

/**
 * Holds images back for validation such that neighbours stay on one side: by georeference where images have one, by names where
 * several begin alike (`airport_3_0512`, `DJI_0005-0018`), by consecutive runs where names only count; else one by one.
 * @param share of the images to hold back, at least one image
 * @param seed of the draw among groups
 */
export function splitByPlace(images: readonly PlacedImage[], share: number, seed: number): PlaceSplit {
  const { groups, how, isOrdered } = groupingOf(images);
  const together = withCopies(groups, images);
  const target = Math.max(1, Math.round(share * images.length));
  const drawn = isOrdered
    ? together.toReversed()
    : [...permutation(randomStream(seed, StreamPurpose.order, -1), together.length)].map(
        (at) => together[at]!,
      );
  const order = groups.length === images.length ? inTurns(drawn, images) : drawn;
  return { validation: new Set(pick(order, images, target)), how };
}

function groupingOf(images: readonly PlacedImage[]): Grouping {
  const all = [...images.keys()];
  const counted = (groups: readonly (readonly number[])[]) => `${groups.length} places`;
  if (images.length > 2 && images.every(({ bounds }) => bounds)) {
    const places = touching(images.map(({ bounds }) => bounds!));
    if (isUseful(places, images.length))
      return { groups: places, how: `by georeference, ${counted(places)}` };
    return {
      groups: alongLongerSide(images.map(({ bounds }) => bounds!)).map((at) => [at]),
      how: 'by georeference: all images lie side by side, those at one end are held out',
      isOrdered: true,
    };
  }
  const named = [...groupBy(all, (at) => placeName(images[at]!.path)).values()];
  if (isUseful(named, images.length)) return { groups: named, how: `by how names begin, ${counted(named)}` };
  const numbered = all.filter((at) => /\d$/.test(parse(images[at]!.path).name));
  const stems = new Set(images.map(({ path }) => withoutNumber(path))).size;
  if (stems <= images.length / 4 && numbered.length === images.length && images.length > 2) {
    const byNumber = all.toSorted((a, b) => compareNames(images[a]!.path, images[b]!.path));
    return {
      groups: byNumber.map((at) => [at]),
      how: 'by number: names only count, and the last of them are held out, as consecutive images may be neighbours',
      isOrdered: true,
    };
  }
  return {
    groups: all.map((at) => [at]),
    how: 'image by image: neither names nor georeference say what lies together',
  };
}

function isUseful(groups: readonly (readonly number[])[], images: number): boolean {
  const largest = Math.max(0, ...groups.map(({ length }) => length));
  return groups.length > 1 && groups.length < 0.8 * images && largest <= largestShare * images;
}

/** What names of the same place have in common: all but the coordinates or numbers at the end, as of `a_r3_c5` and `a__512__0`. */
export function placeName(path: string): string {
  const parts = parse(path).name.split(/[\s_.-]+/);
  const last = parts.findLastIndex(
    (part, at) => at === 0 || !/^(?:x|y|r|c|row|col|tile|frame)?\d+$/i.test(part),
  );
  return `${dirname(path)}/${parts.slice(0, last + 1).join('_')}`;
}

/** A name without the number at its end. */
function withoutNumber(path: string): string {
  return `${dirname(path)}/${parse(path).name.replace(/\d+$/, '')}`;
}

function compareNames(a: string, b: string): number {
  return basename(a).localeCompare(basename(b), 'en', { numeric: true }) || (a < b ? -1 : 1);
}

/** Images whose bounds touch, or almost do, in one group. */
function touching(bounds: readonly BoxEdges[]): number[][] {
  const join = new Groups(bounds.length);
  for (const [a, first] of bounds.entries()) {
    const margin = 0.1 * Math.max(first[2] - first[0], first[3] - first[1]);
    for (let b = a + 1; b < bounds.length; b++) {
      const second = bounds[b]!;
      const isNear =
        first[0] - margin <= second[2] &&
        second[0] <= first[2] + margin &&
        first[1] - margin <= second[3] &&
        second[1] <= first[3] + margin;
      if (isNear) join.join(a, b);
    }
  }
  return join.all();
}

function alongLongerSide(bounds: readonly BoxEdges[]): number[] {
  const span = (axis: 0 | 1) =>
    Math.max(...bounds.map((own) => own[axis + 2]!)) - Math.min(...bounds.map((own) => own[axis]!));
  const axis = span(0) >= span(1) ? 0 : 1;
  return [...bounds.keys()].toSorted((a, b) => bounds[a]![axis]! - bounds[b]![axis]! || a - b);
}

function withCopies(groups: readonly (readonly number[])[], images: readonly PlacedImage[]): number[][] {
  const join = new Groups(images.length);
  for (const group of groups) for (const at of group) join.join(group[0]!, at);
  const firsts = new Map<number, number>();
  for (const [at, { copyOf }] of images.entries()) {
    if (copyOf === undefined) continue;
    if (firsts.has(copyOf)) join.join(firsts.get(copyOf)!, at);
    else firsts.set(copyOf, at);
  }
  return join.all();
}

/** The same order for each label, labels in turns, so that each has its share of what is taken from the front. */
function inTurns(order: readonly number[][], images: readonly PlacedImage[]): number[][] {
  const byLabel = [...groupBy(order, ([at]) => String(images[at!]!.labels[0])).values()];
  const ranked = byLabel.flatMap((own) =>
    own.map((group, rank) => ({ group, rank: (rank + 0.5) / own.length })),
  );
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ group }) => group);
}

/** Groups in this order while they fit; those of more than one and a half times what is wanted only if nothing else does. */
function pick(
  order: readonly (readonly number[])[],
  images: readonly PlacedImage[],
  target: number,
): number[] {
  const chosen: number[] = [];
  const left = new Map<number, number>();
  for (const { labels } of images)
    for (const label of new Set(labels)) left.set(label, (left.get(label) ?? 0) + 1);
  // What would take all of a class away from training stays there.
  const empties = (group: readonly number[]) => {
    const own = new Map<number, number>();
    for (const at of group)
      for (const label of new Set(images[at]!.labels)) own.set(label, (own.get(label) ?? 0) + 1);
    return [...own].some(([label, count]) => left.get(label)! <= count);
  };
  const take = (group: readonly number[]) => {
    for (const at of group) {
      chosen.push(at);
      for (const label of new Set(images[at]!.labels)) left.set(label, left.get(label)! - 1);
    }
  };
  const isBlank = (group: readonly number[]) => group.every((at) => images[at]!.labels.length === 0);
  for (const group of order) {
    if (chosen.length >= target) break;
    if (isBlank(group) || empties(group) || chosen.length + group.length > Math.ceil(1.5 * target)) continue;
    take(group);
  }
  if (chosen.length > 0) return chosen;
  const smallest = order
    .filter((group) => group.length < images.length)
    .toSorted((a, b) => a.length - b.length);
  const fallback = smallest.find((group) => !isBlank(group) && !empties(group)) ?? smallest[0];
  return fallback ? [...fallback] : [];
}

/** Disjoint groups of numbers. */
class Groups {
  readonly #parents: number[];

  constructor(count: number) {
    this.#parents = Array.from({ length: count }, (_, at) => at);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#root(a), this.#root(b)];
    this.#parents[Math.max(first, second)] = Math.min(first, second);
  }

  /** In the order of their first members. */
  all(): number[][] {
    return [...groupBy([...this.#parents.keys()], (at) => this.#root(at)).values()];
  }

  #root(at: number): number {
    let root = at;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    this.#parents[at] = root;
    return root;
  }
}
