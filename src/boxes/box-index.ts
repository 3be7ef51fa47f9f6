import RBush from 'rbush';
import type { Detections } from './detections.js';
import { boundsOf } from './detections.js';

interface Entry {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly index: number;
}

/**
 * Finds the boxes near a box without comparing all with all: an R-tree of upright bounds, one for each class.
 * 25,000 boxes need a few megabytes; a matrix of their overlaps would need 2.5 GB.
 */
export class BoxIndex {
  readonly #detections: Detections;
  readonly #trees = new Map<number, RBush<Entry>>();
  readonly #classAgnostic: boolean;

  /** @param detections what the indices of `insert` and `near` refer to; nothing is inserted yet */
  constructor(detections: Detections, classAgnostic = false) {
    this.#detections = detections;
    this.#classAgnostic = classAgnostic;
  }

  insert(index: number): void {
    this.#tree(this.#detections.classes[index]!).insert(this.#entry(index));
  }

  /** Inserts all boxes, faster than one by one. */
  insertAll(): void {
    const entries = new Map<number, Entry[]>();
    for (let index = 0; index < this.#detections.count; index++) {
      const key = this.#classAgnostic ? 0 : this.#detections.classes[index]!;
      const list = entries.get(key) ?? [];
      if (list.length === 0) entries.set(key, list);
      list.push(this.#entry(index));
    }
    for (const [key, list] of entries) this.#tree(key).load(list);
  }

  remove(index: number): void {
    this.#tree(this.#detections.classes[index]!).remove(this.#entry(index), (a, b) => a.index === b.index);
  }

  /** Indices of the inserted boxes of a class that touch the bounds of a box, in no particular order. */
  near(query: Detections, index: number): number[] {
    const [minX, minY, maxX, maxY] = boundsOf(query, index);
    const found = this.#tree(query.classes[index]!).search({ minX, minY, maxX, maxY });
    return found.map((entry) => entry.index);
  }

  #tree(label: number): RBush<Entry> {
    const key = this.#classAgnostic ? 0 : label;
    const tree = this.#trees.get(key) ?? new RBush<Entry>();
    this.#trees.set(key, tree);
    return tree;
  }

  #entry(index: number): Entry {
    const [minX, minY, maxX, maxY] = boundsOf(this.#detections, index);
    return { minX, minY, maxX, maxY, index };
  }
}
