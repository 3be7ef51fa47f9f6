import type { Orientation } from '../../boxes/box.js';
import type { RasterTile, SampleGrid } from './raster-source.js';

/**
 * Where pixel (x, y) of the upright image is in the stored one, by orientation (EXIF 2.32, tag 0x0112): its column and its row,
 * each as a share of the last one and steps with x and y.
 */
const places: Readonly<Record<Orientation, readonly (readonly [end: 0 | 1, x: number, y: number])[]>> = {
  1: [
    [0, 1, 0],
    [0, 0, 1],
  ],
  2: [
    [1, -1, 0],
    [0, 0, 1],
  ],
  3: [
    [1, -1, 0],
    [1, 0, -1],
  ],
  4: [
    [0, 1, 0],
    [1, 0, -1],
  ],
  5: [
    [0, 0, 1],
    [0, 1, 0],
  ],
  6: [
    [0, 0, 1],
    [1, -1, 0],
  ],
  7: [
    [1, 0, -1],
    [1, -1, 0],
  ],
  8: [
    [1, 0, -1],
    [0, 1, 0],
  ],
};

/** A stored tile as it is to be seen. Shares its memory: only the steps through it are others. */
export function turned(tile: RasterTile, orientation: Orientation): RasterTile {
  const { width, height } = tile;
  const [column, row] = places[orientation];
  const turn = <Grid extends SampleGrid>(grid: Grid): Grid => ({
    ...grid,
    offset: grid.offset + column![0] * (width - 1) * grid.step + row![0] * (height - 1) * grid.rowStep,
    step: column![1] * grid.step + row![1] * grid.rowStep,
    rowStep: column![2] * grid.step + row![2] * grid.rowStep,
  });
  return {
    ...(orientation < 5 ? { width, height } : { width: height, height: width }),
    planes: tile.planes.map((plane) =>
      plane.masks ? { ...turn(plane), masks: plane.masks.map(turn) } : turn(plane),
    ),
  };
}
