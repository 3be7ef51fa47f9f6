import { UserError } from '../../base/errors.js';
import { isImageName } from '../formats/image-names.js';
import { isRemote } from '../raster/cloud-address.js';
import { chooseAssets } from './choose-asset.js';
import type { StacCollection, StacItem } from './stac-document.js';
import {
  collectionSchema,
  itemCollectionSchema,
  itemSchema,
  readDocument,
  resolveReference,
} from './stac-document.js';

/** A scene that a STAC item describes. */
export interface StacScene {
  /** Id of the item. */
  readonly id: string;
  /** The file or address of its asset; several where each has a band. */
  readonly paths: readonly string[];
  /** How the asset was chosen, for people. */
  readonly because: string;
}

/** Items of one document at most: larger collections are searched for what is wanted of them first. */
const mostItems = 10_000;

/** Whether a name may be that of a STAC document: a JSON file, or an address that is not one of an image. */
export function mayBeStac(place: string): boolean {
  const path = place.replace(/[?#].*$/s, '');
  return isRemote(place)
    ? !isImageName(path) && !/\.(msk|ovr|xml|safe)$/i.test(path)
    : /\.(geo)?json$/i.test(path);
}

/**
 * The scenes of a STAC document (1.0, 1.1): an item, an ItemCollection as searches answer, or a collection, by its links to items.
 * @param place a file, or an address
 * @param assets names of the asset to look at, several with a band each; by default it is chosen by its role
 * @throws UserError naming the document when it is none, has no items, or where an asset has to be named
 */
export async function stacScenes(place: string, assets?: readonly string[]): Promise<StacScene[]> {
  const found = await itemsIn(await readDocument(place), place);
  if (found.length === 0) throw new UserError(`${place} has no items.`);
  return found.map(({ item, at }) => {
    const { assets: chosen, because } = chooseAssets(item, assets);
    return { id: item.id, paths: chosen.map(({ href }) => resolveReference(href, at)), because };
  });
}

interface PlacedItem {
  readonly item: StacItem;
  /** What its references are relative to. */
  readonly at: string;
}

async function itemsIn(document: unknown, place: string): Promise<PlacedItem[]> {
  const item = itemSchema.safeParse(document);
  if (item.success) return [{ item: item.data, at: place }];
  const page = itemCollectionSchema.safeParse(document);
  if (page.success) return pagesFrom(page.data, place);
  const collection = collectionSchema.safeParse(document);
  if (collection.success) return linkedItems(collection.data, place);
  throw new UserError(
    `${place} is no STAC document: it must be an item (a Feature with stac_version and assets), an ItemCollection or a collection.`,
  );
}

/** The items of a page, and of those that come after it. */
async function pagesFrom(
  first: ReturnType<typeof itemCollectionSchema.parse>,
  place: string,
): Promise<PlacedItem[]> {
  const items: PlacedItem[] = [];
  let [page, at]: [typeof first | undefined, string] = [first, place];
  const seen = new Set<string>();
  while (page) {
    for (const [index, feature] of page.features.entries()) {
      const parsed = itemSchema.safeParse(feature);
      if (!parsed.success)
        throw new UserError(`${at}: feature ${index} is no STAC item: it has no assets or no stac_version.`);
      const self = parsed.data.links.find(({ rel }) => rel === 'self');
      items.push({ item: parsed.data, at: self ? resolveReference(self.href, at) : at });
    }
    checkCount(items.length, place);
    const next: string | undefined = page.links.find(({ rel }) => rel === 'next')?.href;
    if (next === undefined) break;
    at = resolveReference(next, at);
    if (seen.has(at)) break;
    seen.add(at);
    page = itemCollectionSchema.parse(await readDocument(at));
  }
  return items;
}

async function linkedItems({ id, links }: StacCollection, place: string): Promise<PlacedItem[]> {
  const own = links.filter(({ rel }) => rel === 'item');
  if (own.length > 0) {
    checkCount(own.length, place);
    const items: PlacedItem[] = [];
    for (const { href } of own) {
      const at = resolveReference(href, place);
      items.push(...(await itemsIn(await readDocument(at), at)));
    }
    return items;
  }
  // A STAC API has the items of a collection in pages.
  const listed = links.find(({ rel }) => rel === 'items');
  if (listed) {
    const at = resolveReference(listed.href, place);
    return itemsIn(await readDocument(at), at);
  }
  const children = links
    .filter(({ rel }) => rel === 'child')
    .map(({ href }) => resolveReference(href, place));
  const advice =
    children.length > 0 ? ` Name one of what it links to: ${children.slice(0, 20).join(', ')}.` : '';
  throw new UserError(`${place} (${id}) links to no items.${advice}`);
}

function checkCount(count: number, place: string): void {
  if (count > mostItems)
    throw new UserError(
      `${place} has more than ${mostItems} items: search for those that are wanted, and name the answer.`,
    );
}
