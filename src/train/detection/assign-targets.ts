import type { DetectionHeadConfig } from '../../../models/detector-config.js';

/** An object as the assignment sees it, in pixels of the model's input. */
export interface TargetObject {
  /** xmin, ymin, xmax, ymax. */
  readonly box: readonly [number, number, number, number];
  /** Centre x, centre y, length, breadth and angle in radians; needed for heads with turned boxes. */
  readonly turned?: readonly [number, number, number, number, number];
  readonly label: number;
  /** Cells on it may say anything: a group of objects, or one that is mostly cut off. */
  readonly isIgnored?: boolean;
}

/** What the cells of one image should say; see `DetectionTargets`. */
export interface AssignedTargets {
  /** [cells, classes] */
  readonly classes: Float32Array;
  /** [cells, 4 or 6] */
  readonly boxes: Float32Array;
  /** [cells] */
  readonly counted: Float32Array;
}

/** Cells of all levels of a head, finest level first. */
export interface CellGrid {
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
  /** Index of the level's first cell. */
  readonly first: number;
}

/** Cells around an object's centre that are to find it, in each direction. */
const CENTRE_RADIUS = 1.5;
/** Objects within this factor of the size where one level ends and the next begins belong to both. */
const LEVEL_OVERLAP = 1.25;

/** The levels of a head on an image, whose sides are multiples of the coarsest stride. */
export function cellGrids(strides: readonly number[], height: number, width: number): CellGrid[] {
  const grids: CellGrid[] = [];
  let first = 0;
  for (const stride of strides) {
    const [rows, columns] = [height / stride, width / stride];
    grids.push({ stride, rows, columns, first });
    first += rows * columns;
  }
  return grids;
}

export function cellCount(grids: readonly CellGrid[]): number {
  return grids.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}

/**
 * Decides which cells are to find which object: those near its centre (centre sampling, Tian et al. 2019) on the level for
 * its size. A cell near two centres goes to the nearer one.
 */
export function assignTargets(
  objects: readonly TargetObject[],
  grids: readonly CellGrid[],
  { oriented, cellsPerObject }: Pick<DetectionHeadConfig, 'oriented' | 'cellsPerObject'>,
  classes: number,
): AssignedTargets {
  const cells = cellCount(grids);
  const values = oriented ? 6 : 4;
  const targets = {
    classes: new Float32Array(cells * classes),
    boxes: new Float32Array(cells * values),
    counted: new Float32Array(cells).fill(1),
  };
  const distances = new Float32Array(cells).fill(Number.POSITIVE_INFINITY);
  for (const { box } of objects.filter(({ isIgnored }) => isIgnored)) {
    for (const grid of grids) for (const cell of cellsInside(grid, box)) targets.counted[cell] = 0;
  }
  for (const object of objects) {
    if (object.isIgnored) continue;
    const encoded = encode(object, oriented);
    for (const grid of levelsFor(object.box, grids, cellsPerObject)) {
      for (const { cell, distance } of cellsNearCentre(grid, object.box)) {
        if (distance >= distances[cell]!) continue;
        distances[cell] = distance;
        targets.classes.fill(0, cell * classes, (cell + 1) * classes);
        targets.classes[cell * classes + object.label] = 1;
        targets.boxes.set(encoded, cell * values);
        targets.counted[cell] = 1;
      }
    }
  }
  return targets;
}

function encode({ box, turned }: TargetObject, oriented: boolean): readonly number[] {
  if (!oriented) return box;
  const [x, y, length, breadth, angle] = turned ?? uprightAsTurned(box);
  return [x, y, length, breadth, Math.cos(2 * angle), Math.sin(2 * angle)];
}

function uprightAsTurned([xmin, ymin, xmax, ymax]: TargetObject['box']): NonNullable<TargetObject['turned']> {
  return [(xmin + xmax) / 2, (ymin + ymax) / 2, xmax - xmin, ymax - ymin, 0];
}

/** The level, or two neighbouring ones, for an object of that size. */
function levelsFor(
  [xmin, ymin, xmax, ymax]: TargetObject['box'],
  grids: readonly CellGrid[],
  cellsPerObject: number,
): CellGrid[] {
  const side = Math.max(xmax - xmin, ymax - ymin);
  return grids.filter(({ stride }, level) => {
    const smallest = level === 0 ? 0 : (stride / 2) * cellsPerObject;
    const largest = level === grids.length - 1 ? Number.POSITIVE_INFINITY : stride * cellsPerObject;
    return side >= smallest / LEVEL_OVERLAP && side < largest * LEVEL_OVERLAP;
  });
}

/** The cells within the radius of a box's centre that lie in the box; at least the one the centre is in. */
function* cellsNearCentre(
  { stride, rows, columns, first }: CellGrid,
  [xmin, ymin, xmax, ymax]: TargetObject['box'],
): Generator<{ cell: number; distance: number }> {
  const [x, y] = [(xmin + xmax) / 2 / stride, (ymin + ymax) / 2 / stride];
  for (let row = Math.floor(y - CENTRE_RADIUS); row <= y + CENTRE_RADIUS; row++) {
    for (let column = Math.floor(x - CENTRE_RADIUS); column <= x + CENTRE_RADIUS; column++) {
      if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
      const [dx, dy] = [column + 0.5 - x, row + 0.5 - y];
      const isNear = Math.abs(dx) <= CENTRE_RADIUS && Math.abs(dy) <= CENTRE_RADIUS;
      const isInside = 2 * Math.abs(dx) * stride <= xmax - xmin && 2 * Math.abs(dy) * stride <= ymax - ymin;
      const isCentre = column === Math.floor(x) && row === Math.floor(y);
      if (!isCentre && !(isNear && isInside)) continue;
      yield { cell: first + row * columns + column, distance: Math.hypot(dx, dy) * stride };
    }
  }
}

function* cellsInside(
  { stride, rows, columns, first }: CellGrid,
  [xmin, ymin, xmax, ymax]: TargetObject['box'],
): Generator<number> {
  const from = (low: number) => Math.max(0, Math.ceil(low / stride - 0.5));
  const to = (high: number, count: number) => Math.min(count - 1, Math.floor(high / stride - 0.5));
  for (let row = from(ymin); row <= to(ymax, rows); row++) {
    for (let column = from(xmin); column <= to(xmax, columns); column++) yield first + row * columns + column;
  }
}
