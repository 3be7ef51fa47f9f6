import type { Quadrilateral } from './annotations.js';
import { convexIntersectionArea, signedArea } from './convex-intersection.js';

/** Area of a quadrilateral in square pixels, whichever way its corners run. */
export function quadrilateralArea(corners: Quadrilateral): number {
  return Math.abs(signedArea(corners));
}

/**
 * Intersection over union of two convex quadrilaterals, 0 to 1, by clipping one at the other.
 * Either may run clockwise or counterclockwise. Those without area overlap nothing.
 */
export function orientedIou(a: Quadrilateral, b: Quadrilateral): number {
  const common = convexIntersectionArea(a, b);
  const union = quadrilateralArea(a) + quadrilateralArea(b) - common;
  // Rounding may leave a hair more than the smaller of two equal areas.
  return common > 0 && union > 0 ? Math.min(1, common / union) : 0;
}
