import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package that people get with this one. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; absent where the package states none. */
  readonly licence?: string;
  /** `optional`: installed on some platforms only, or by those who want what it does. */
  readonly need: 'required' | 'optional' | 'bundled';
}

export interface ShippedPackages {
  /** In the order of their places in package-lock.json, each version of a package once. */
  readonly packages: readonly ShippedPackage[];
  /** Optional peers that are not installed here, so that nothing is known of them. */
  readonly absent: readonly string[];
}

/** What package-lock.json says of a place in node_modules. */
interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

type Need = ShippedPackage['need'];
/** A stronger need is not lowered by a weaker one. */
const strength: Readonly<Record<Need, number>> = { optional: 0, bundled: 1, required: 2 };

/**
 * The packages that people get with this one: what it depends on, what they may add (its optional peers) and what is bundled
 * into its page, with all that these depend on, on any platform.
 * @param root folder with package-lock.json and node_modules
 * @param bundled names of packages whose code is in files of ours
 */
export async function shippedPackages(root: string, bundled: readonly string[]): Promise<ShippedPackages> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  const places = lock.packages;
  const own = places['']!;
  const needs = new Map<string, Need>();
  const visit = (place: string, need: Need) => {
    const known = needs.get(place);
    if (known !== undefined && strength[known] >= strength[need]) return;
    needs.set(place, need);
    for (const [name, each] of dependenciesOf(places[place]!, need)) {
      const found = placeOf(places, place, name);
      if (found !== undefined) visit(found, each);
    }
  };
  const absent: string[] = [];
  const roots: [string, Need][] = [
    ...Object.keys(own.dependencies ?? {}).map((name): [string, Need] => [name, 'required']),
    ...bundled.map((name): [string, Need] => [name, 'bundled']),
    ...Object.keys(own.peerDependencies ?? {}).map((name): [string, Need] => [name, 'optional']),
  ];
  for (const [name, need] of roots) {
    const found = placeOf(places, '', name);
    if (found !== undefined) visit(found, need);
    else if (need === 'optional') absent.push(name);
    else throw new Error(`package-lock.json does not have ${name}: run npm install`);
  }
  const packages = new Map<string, ShippedPackage>();
  for (const [place, entry] of Object.entries(places)) {
    const need = needs.get(place);
    if (need === undefined) continue;
    const name = entry.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const version = entry.version!;
    const key = `${name}@${version}`;
    const former = packages.get(key);
    if (former && strength[former.need] >= strength[need]) continue;
    packages.set(key, { name, version, need, licence: entry.license ?? (await statedLicence(root, place)) });
  }
  return { packages: [...packages.values()], absent };
}

function dependenciesOf(entry: LockEntry, need: Need): [string, Need][] {
  const isWanted = (name: string) => !entry.peerDependenciesMeta?.[name]?.optional;
  const peers = Object.keys(entry.peerDependencies ?? {}).filter(isWanted);
  return [
    ...[...Object.keys(entry.dependencies ?? {}), ...peers].map((name): [string, Need] => [name, need]),
    ...Object.keys(entry.optionalDependencies ?? {}).map((name): [string, Need] => [name, 'optional']),
  ];
}

/** Where a package finds another, as Node.js looks for it: beside it, then further and further up. */
function placeOf(
  places: Readonly<Record<string, LockEntry>>,
  from: string,
  name: string,
): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (places[place]) return place;
    if (folder === '') return undefined;
  }
}

/** The licence in an installed package's own words, of which package-lock.json leaves out the old form. */
async function statedLicence(root: string, place: string): Promise<string | undefined> {
  const text = await readFile(join(root, place, 'package.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { license, licenses } = JSON.parse(text) as {
    license?: string | { type?: string };
    licenses?: { type?: string }[];
  };
  if (typeof license === 'string') return license;
  if (license?.type) return license.type;
  const types = (licenses ?? []).map(({ type }) => type).filter((type) => type !== undefined);
  // A list is a choice.
  return types.length > 0 ? types.join(' OR ') : undefined;
}
