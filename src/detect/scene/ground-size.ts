import { UserError } from '../../base/errors.js';
import type { Size } from '../../boxes/box.js';
import type { PlacedScene } from '../output/locate.js';
import { locatorFor } from '../output/locate.js';

/** Metres on the ground that a pixel covers, along the rows of an image and across them. */
export interface GroundSize {
  readonly x: number;
  readonly y: number;
}

/** WGS 84: the long half axis in metres, and the square of the eccentricity. */
const [semiMajor, eccentricity2] = [6378137, 0.00669437999014];

/**
 * What a pixel in the middle of a scene covers, measured on the ellipsoid: metres of a projection are not always metres
 * on the ground (those of Web Mercator are half as long at 60 degrees), and degrees never are.
 * @param sourceCrs overrides the reference system that the file names
 * @returns undefined where the scene does not say where it lies, or in which reference system
 */
export function groundSizeOf(scene: PlacedScene & Size, sourceCrs?: string): GroundSize | undefined {
  try {
    const locator = locatorFor(scene, 'wgs84', sourceCrs);
    if (!locator) return undefined;
    const [x, y] = [scene.width / 2, scene.height / 2];
    const middle = locator.position(x, y);
    const size = {
      x: distance(middle, locator.position(x + 1, y)),
      y: distance(middle, locator.position(x, y + 1)),
    };
    return size.x > 0 && size.y > 0 ? size : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Metres between points not far apart. */
function distance(from: readonly [number, number], to: readonly [number, number]): number {
  const radians = Math.PI / 180;
  const latitude = ((from[1] + to[1]) / 2) * radians;
  const flattened = 1 - eccentricity2 * Math.sin(latitude) ** 2;
  const acrossMeridians = (semiMajor / Math.sqrt(flattened)) * Math.cos(latitude);
  const alongMeridian = (semiMajor * (1 - eccentricity2)) / flattened ** 1.5;
  // Across the antimeridian, longitudes jump.
  const degrees = to[0] - from[0] - 360 * Math.round((to[0] - from[0]) / 360);
  return Math.hypot(degrees * radians * acrossMeridians, (to[1] - from[1]) * radians * alongMeridian);
}
