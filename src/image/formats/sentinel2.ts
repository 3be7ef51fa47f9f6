import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../base/errors.js';

/** The folder of a Sentinel-2 product, or the file in it that describes it. */
const product = /^S2[A-D]_MSIL(1C|2A)_.*\.SAFE$/i;
const metadata = /^MTD_MSIL(1C|2A)\.xml$/i;

/** Whether a folder is called as Sentinel-2 products are. */
export function isSentinel2Product(folder: string): boolean {
  return product.test(basename(folder));
}

/**
 * The image of a Sentinel-2 product: true colours at 10 m, 8 bits, as the agency renders them; red, green and blue where a product
 * has no such image.
 * @returns undefined for anything that is no such product
 * @throws UserError when a product holds neither
 */
export async function sentinel2Images(path: string): Promise<string[] | undefined> {
  const folder = metadata.test(basename(path)) ? dirname(path) : path.replace(/[/\\]+$/, '');
  const isProduct = product.test(basename(folder)) || folder !== path.replace(/[/\\]+$/, '');
  if (!isProduct || !(await stat(folder).catch(() => undefined))?.isDirectory()) return undefined;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const images = entries
    .filter((entry) => entry.isFile() && /\.jp2$/i.test(entry.name) && /IMG_DATA/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const band = (name: string) =>
    images.find((image) => new RegExp(`_${name}(_10m)?\\.jp2$`, 'i').test(image));
  const colours = band('TCI');
  if (colours) return [colours];
  const bands = ['B04', 'B03', 'B02'].map(band);
  if (bands.every((found) => found !== undefined)) return bands as string[];
  throw new UserError(`${path} holds neither a true-colour image (TCI) nor bands B04, B03 and B02 at 10 m.`);
}
