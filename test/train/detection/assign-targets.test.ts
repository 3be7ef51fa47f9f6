import { describe, expect, it } from 'vitest';
import type { TargetObject } from '../../../src/train/detection/assign-targets.js';
import { assignTargets, cellCount, cellGrids } from '../../../src/train/detection/assign-targets.js';

const grids = cellGrids([4, 8], 64, 64);
const head = { oriented: false, cellsPerObject: 4 };
const object = (box: TargetObject['box'], label = 0, rest = {}): TargetObject => ({ box, label, ...rest });
const assign = (...objects: TargetObject[]) => assignTargets(objects, grids, head, 2);

/** Cells that are to find something, as [stride, row, column]. */
function positives({ classes }: { classes: Float32Array }): number[][] {
  const cells: number[][] = [];
  for (const { stride, rows, columns, first } of grids) {
    for (let cell = 0; cell < rows * columns; cell++) {
      const at = first + cell;
      if (classes[2 * at]! + classes[2 * at + 1]! > 0) {
        cells.push([stride, Math.floor(cell / columns), cell % columns]);
      }
    }
  }
  return cells;
}

describe('assignTargets', () => {
  it('counts the cells of all levels', () => {
    expect(cellCount(grids)).toBe(16 * 16 + 8 * 8);
  });

  it('gives an object to the cells near its centre on the level for its size', () => {
    // 12 pixels: at most 4 cells of stride 4. Centre at (10, 10), in cells (2.5, 2.5).
    expect(positives(assign(object([4, 4, 16, 16])))).toEqual(
      [1, 2, 3].flatMap((row) => [1, 2, 3].map((column) => [4, row, column])),
    );
    expect(positives(assign(object([0, 0, 40, 40]))).every(([stride]) => stride === 8)).toBe(true);
  });

  it('gives an object between two sizes to both levels', () => {
    const strides = new Set(positives(assign(object([8, 8, 24, 24]))).map(([stride]) => stride));
    expect(strides).toEqual(new Set([4, 8]));
  });

  it('gives the smallest object at least the cell of its centre', () => {
    expect(positives(assign(object([9, 9, 11, 11])))).toEqual([[4, 2, 2]]);
  });

  it('gives a cell between two objects to the nearer one', () => {
    const { classes, boxes } = assign(object([0, 0, 12, 12], 0), object([8, 0, 20, 12], 1));
    const at = (row: number, column: number) => 2 * (row * 16 + column);
    expect([classes[at(1, 1)], classes[at(1, 1) + 1]]).toEqual([1, 0]);
    expect([classes[at(1, 3)], classes[at(1, 3) + 1]]).toEqual([0, 1]);
    expect([...boxes.subarray(4 * 19, 4 * 19 + 4)]).toEqual([8, 0, 20, 12]);
  });

  it('does not count cells of what is to be ignored, unless an object is there', () => {
    const ignored = object([0, 0, 32, 32], 0, { isIgnored: true });
    const { counted } = assign(ignored, object([4, 4, 16, 16]));
    expect(counted[5 * 16 + 5]).toBe(0);
    expect(counted[2 * 16 + 2]).toBe(1);
    expect(counted[10 * 16 + 10]).toBe(1);
  });

  it('describes turned boxes by twice their angle', () => {
    const turned = object([4, 4, 16, 16], 1, { turned: [10, 10, 12, 5, Math.PI / 4] });
    const { boxes } = assignTargets([turned], grids, { ...head, oriented: true }, 2);
    const cell = 2 * 16 + 2;
    const values = [...boxes.subarray(6 * cell, 6 * cell + 6)];
    for (const [index, expected] of [10, 10, 12, 5, 0, 1].entries()) {
      expect(values[index]).toBeCloseTo(expected, 6);
    }
  });
});
