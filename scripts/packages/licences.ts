import satisfies from 'spdx-satisfies';
import type { ShippedPackage } from './shipped-packages.js';

/** Licences that ask for at most that their text and the names of the authors are kept. */
export const allowedLicences = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
] as const;

/**
 * Libraries under the LGPL that stay files of their own, which people can replace by others: that is what it asks for. Names
 * may end in `*`.
 */
export const allowedLibraries: Readonly<Record<string, string>> = {
  '@img/sharp-libvips-*': 'LGPL-3.0-or-later',
  '@img/sharp-wasm32': 'LGPL-3.0-or-later',
  '@img/sharp-win32-*': 'LGPL-3.0-or-later',
  'gdal3.js': 'LGPL-2.1-or-later',
};

/** What is wrong with the licences of packages, a line each; none where all are known and allowed. */
export function licenceFaults(packages: readonly ShippedPackage[]): string[] {
  const faults: string[] = [];
  for (const { name, version, licence } of packages) {
    const which = `${name} ${version}`;
    if (licence === undefined) faults.push(`${which} states no licence`);
    else if (!isAllowed(licence, [...allowedLicences, ...librariesOf(name)])) {
      faults.push(`${which} has a licence that is not allowed: ${licence}`);
    }
  }
  return faults;
}

/** @param expression SPDX, as `(MIT OR CC0-1.0)`; what is none is not allowed */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(expression, [...allowed]);
  } catch {
    return false;
  }
}

function librariesOf(name: string): string[] {
  const fits = (pattern: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  return Object.entries(allowedLibraries)
    .filter(([pattern]) => fits(pattern))
    .map(([, licence]) => licence);
}
