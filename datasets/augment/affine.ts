import type { AnnotatedObject, BoxEdges, Quadrilateral } from '../../src/boxes/annotations.js';
import { boxAround } from '../../src/boxes/annotations.js';
import type { Symmetry } from './geometry.js';

/** Takes a point (x, y) to (xx x + xy y + x0, yx x + yy y + y0); pixels, whose centres are at halves. */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** First one, then the other. */
export function chain(first: Affine, then: Affine): Affine {
  return {
    xx: then.xx * first.xx + then.xy * first.yx,
    xy: then.xx * first.xy + then.xy * first.yy,
    x0: then.xx * first.x0 + then.xy * first.y0 + then.x0,
    yx: then.yx * first.xx + then.yy * first.yx,
    yy: then.yx * first.xy + then.yy * first.yy,
    y0: then.yx * first.x0 + then.yy * first.y0 + then.y0,
  };
}

/** Moves the corner (left, top) to the origin and scales from there. */
export function cropAndScale(left: number, top: number, scaleX: number, scaleY: number): Affine {
  return { xx: scaleX, xy: 0, x0: -left * scaleX, yx: 0, yy: scaleY, y0: -top * scaleY };
}

/** Where `applySymmetry` takes the points of an image of this size. */
export function symmetryMap({ transpose, flipX, flipY }: Symmetry, width: number, height: number): Affine {
  const turned: Affine = transpose
    ? { xx: 0, xy: 1, x0: 0, yx: 1, yy: 0, y0: 0 }
    : { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };
  const [newWidth, newHeight] = transpose ? [height, width] : [width, height];
  const mirrored: Affine = {
    xx: flipX ? -1 : 1,
    xy: 0,
    x0: flipX ? newWidth : 0,
    yx: 0,
    yy: flipY ? -1 : 1,
    y0: flipY ? newHeight : 0,
  };
  return chain(turned, mirrored);
}

/**
 * Turns by an angle (radians, x axis towards y axis) and takes the centre of one image to that of another.
 */
export function rotationMap(
  angle: number,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): Affine {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return {
    xx: cos,
    xy: -sin,
    x0: toX - cos * fromX + sin * fromY,
    yx: sin,
    yy: cos,
    y0: toY - sin * fromX - cos * fromY,
  };
}

function mapPoints(points: readonly number[], map: Affine): number[] {
  const mapped: number[] = [];
  for (let at = 0; at < points.length; at += 2) {
    const [x, y] = [points[at]!, points[at + 1]!];
    mapped.push(map.xx * x + map.xy * y + map.x0, map.yx * x + map.yy * y + map.y0);
  }
  return mapped;
}

/** The box around a mapped box: exact for flips and quarter turns, larger than the object after others. */
export function mapBox([xmin, ymin, xmax, ymax]: BoxEdges, map: Affine): BoxEdges {
  return boxAround(mapPoints([xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax], map));
}

/** Maps an object's box and corners; the box of an oriented object is the one around its mapped corners. */
export function mapObject(object: AnnotatedObject, map: Affine): AnnotatedObject {
  if (!object.polygon) return { ...object, box: mapBox(object.box, map), area: undefined };
  const polygon = mapPoints(object.polygon, map) as unknown as Quadrilateral;
  return { ...object, polygon, box: boxAround(polygon), area: undefined };
}
