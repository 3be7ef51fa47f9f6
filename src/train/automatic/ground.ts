import type { BoxEdges } from '../../boxes/annotations.js';
import { groundSizeOf } from '../../detect/scene/ground-size.js';
import { mapPosition } from '../../geo/georeference.js';
import { openRaster } from '../../image/raster/open-raster.js';
import { ascending, quantile } from './choice.js';

/** Where images lie and how large their pixels are. */
export interface Ground {
  /** By the index of the image, in the coordinates of its reference system; images of several systems have none. */
  readonly bounds: readonly (BoxEdges | undefined)[];
  /** Metres a pixel, the middle of those that say it. */
  readonly gsd?: number;
}

/** Files that may say where they lie. */
const placed = /\.(tiff?|jp2)$/i;
/** More files are not opened. */
const most = 2000;

/** Reads the georeferences of the images that have one. */
export async function groundOf(paths: readonly string[]): Promise<Ground> {
  const nothing = { bounds: paths.map(() => undefined) };
  if (!paths.some((path) => placed.test(path)) || paths.length > most) return nothing;
  const found = [];
  for (const path of paths) found.push(placed.test(path) ? await placeOf(path) : undefined);
  const sizes = ascending(found.flatMap((own) => (own?.gsd === undefined ? [] : [own.gsd])));
  const systems = new Set(found.flatMap((own) => (own ? [own.system] : [])));
  return {
    bounds: systems.size === 1 ? found.map((own) => own?.bounds) : nothing.bounds,
    gsd: sizes.length > 0 ? Number(quantile(sizes, 0.5).toPrecision(3)) : undefined,
  };
}

async function placeOf(path: string) {
  // What cannot be read is named where the image is looked at.
  const source = await openRaster(path).catch(() => undefined);
  if (!source) return undefined;
  try {
    const { georeference, width, height } = source;
    if (!georeference) return undefined;
    const corners = [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ].map(([x, y]) => mapPosition(georeference, x!, y!));
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const bounds: BoxEdges = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const size = groundSizeOf({ ...source, width, height, georeference });
    const gsd = size && Math.sqrt(size.x * size.y);
    return { bounds, gsd, system: String(georeference.epsg ?? georeference.crs) };
  } finally {
    await source.close();
  }
}
