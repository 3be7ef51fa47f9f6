import { UserError } from '../../base/errors.js';
import { isImageName } from '../formats/image-names.js';
import type { StacAsset, StacItem } from './stac-document.js';

/** Media types of rasters. */
const imageType = /^image\/(tiff|jp2|jpx|png|jpeg|webp)\b|application\/geotiff/i;
/** Assets that show or describe the data, but are not it. */
const sideRoles = new Set(['thumbnail', 'overview', 'metadata', 'data-mask', 'cloud', 'snow-ice']);

/** Assets of an item that make a scene. */
export interface ChosenAssets {
  readonly assets: readonly StacAsset[];
  /** How they were chosen, for people. */
  readonly because: string;
}

/**
 * The asset of an item that is looked at: the one that is named, else the only one with the role `visual`, else with `data`, else the
 * only image.
 * @param names of the asset, or of several with a band each
 * @throws UserError with the list of assets where the name is not among them, several are as good, or none is an image
 */
export function chooseAssets({ id, assets }: StacItem, names?: readonly string[]): ChosenAssets {
  if (names) {
    const chosen = names.map((name) => {
      const asset = assets[name];
      if (!asset)
        throw new UserError(`The STAC item ${id} has no asset ${name}. ${listOf(Object.entries(assets))}`);
      return asset;
    });
    return { assets: chosen, because: `asset ${names.join(', ')}, as named` };
  }
  const images = Object.entries(assets).filter(([, asset]) => isImage(asset));
  if (images.length === 0) {
    throw new UserError(
      `The STAC item ${id} has no asset that is an image. ${listOf(Object.entries(assets))}`,
    );
  }
  for (const role of ['visual', 'data']) {
    const [first, ...others] = images.filter(([, { roles }]) => roles.includes(role));
    if (others.length > 0)
      throw ambiguous(id, `${1 + others.length} assets with the role ${role}`, [first!, ...others]);
    if (first) return { assets: [first[1]], because: `asset ${first[0]}, by its role ${role}` };
  }
  const [first, ...others] = images.filter(([, { roles }]) => !roles.some((role) => sideRoles.has(role)));
  if (!first)
    throw new UserError(`The STAC item ${id} has no asset with data. ${listOf(Object.entries(assets))}`);
  if (others.length > 0)
    throw ambiguous(id, `${1 + others.length} images, none with the role visual or data`, [first, ...others]);
  return { assets: [first[1]], because: `asset ${first[0]}, the only image` };
}

function isImage({ href, type }: StacAsset): boolean {
  return type === undefined ? isImageName(href.replace(/[?#].*$/s, '')) : imageType.test(type);
}

function ambiguous(id: string, what: string, entries: readonly (readonly [string, StacAsset])[]): UserError {
  return new UserError(`The STAC item ${id} has ${what}: name one with --asset. ${listOf(entries)}`);
}

function listOf(entries: readonly (readonly [string, StacAsset])[]): string {
  if (entries.length === 0) return 'It has no assets.';
  const listed = entries.map(([name, { roles }]) =>
    roles.length > 0 ? `${name} (${roles.join(', ')})` : name,
  );
  return `Assets: ${listed.join('; ')}.`;
}
