import { readFileSync } from 'node:fs';
import type {
  AnnotatedImage,
  AnnotatedObject,
  AnnotationSet,
  Quadrilateral,
} from '../../../src/boxes/annotations.js';
import type { ScoredBoxes } from '../../../src/boxes/protocol.js';
import type { OrientedDetection } from '../../../src/evaluate/oriented-metrics.js';

type Row = readonly number[];

/** A case of `fixtures/coco/coco.json`; see `make-fixtures.py` there for the rows. */
export interface CocoCase {
  readonly name: string;
  readonly images: readonly number[];
  readonly categories: readonly number[];
  readonly annotations: readonly Row[];
  readonly detections: readonly Row[];
  /** COCO's twelve numbers. */
  readonly expected: readonly number[];
  readonly classAgnostic: readonly number[];
}

/** A case of `fixtures/coco/oriented.json`. */
export interface OrientedCase {
  readonly annotations: readonly Row[];
  readonly detections: readonly Row[];
  /** [AP, AP07] of each class. */
  readonly expected: readonly (readonly [number, number])[];
  /** Annotation, detection, and their overlap. */
  readonly overlaps: readonly (readonly [number, number, number])[];
}

const fixtures = new URL('../../fixtures/coco/', import.meta.url);

export function readCases<Case>(path: string | URL): Case[] {
  return JSON.parse(readFileSync(path, 'utf8')) as Case[];
}

export const cocoCases = (): CocoCase[] => readCases(new URL('coco.json', fixtures));
export const orientedCases = (): OrientedCase[] => readCases(new URL('oriented.json', fixtures));

/** Numbers in the order of their value, as COCO's evaluation takes ids. */
function ascending(ids: readonly number[]): number[] {
  return [...ids].sort((a, b) => a - b);
}

export function problemOf({ images, categories, annotations, detections }: CocoCase) {
  const labels = ascending(categories);
  const objectOf = ([, category, x, y, w, h, area, crowd]: Row): AnnotatedObject => {
    const box = [x!, y!, x! + w!, y! + h!] as const;
    return { box, label: labels.indexOf(category!), area: area!, crowd: crowd === 1 };
  };
  const ids = ascending(images);
  const set: AnnotationSet = {
    labels: labels.map(String),
    images: ids.map((id): AnnotatedImage => {
      const objects = annotations.filter(([image]) => image === id).map(objectOf);
      return { path: String(id), width: 1000, height: 1000, objects };
    }),
  };
  const found = ids.map((id) =>
    columnsOf(
      detections.filter(([image]) => image === id),
      labels,
    ),
  );
  return { set, found };
}

function columnsOf(rows: readonly Row[], labels: readonly number[]): ScoredBoxes {
  return {
    count: rows.length,
    boxes: rows.flatMap(([, , x, y, w, h]) => [x!, y!, x! + w!, y! + h!]),
    scores: rows.map((row) => row[6]!),
    classes: rows.map((row) => labels.indexOf(row[1]!)),
  };
}

export function orientedProblemOf({ annotations, detections }: OrientedCase) {
  const images = [0, 1, 2];
  const cornersOf = (row: Row) => row.slice(2, 10) as unknown as Quadrilateral;
  const objectsOf = (id: number) =>
    annotations
      .filter(([image]) => image === id)
      .map((row): AnnotatedObject => {
        return { box: [0, 0, 0, 0], polygon: cornersOf(row), label: row[1]!, difficult: row[10] === 1 };
      });
  const set: AnnotationSet = {
    labels: ['a', 'b'],
    images: images.map((id) => ({ path: String(id), width: 300, height: 300, objects: objectsOf(id) })),
  };
  const found = images.map((id) =>
    detections
      .filter(([image]) => image === id)
      .map((row): OrientedDetection => {
        return { corners: cornersOf(row), label: row[1]!, score: row[10]! };
      }),
  );
  return { set, found };
}
