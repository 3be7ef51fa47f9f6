import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';

/** Checks that a path or address may be opened. */
export type PlaceCheck = (place: string) => Promise<void>;

const addressPattern = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Lets open only what lies in certain folders or on certain hosts. Links are followed first: one that leads out of a folder
 * does not lie in it.
 * @param allowed folders, and hosts as `name` or `name:port`; none: everything may be opened
 */
export function allowOnly(allowed: readonly string[]): PlaceCheck {
  if (allowed.length === 0) return async () => undefined;
  return async (place) => {
    const isInside = addressPattern.test(place) ? isOnHost(place, allowed) : await isInFolder(place, allowed);
    if (isInside) return;
    throw new UserError(`${place} is not under what this worker may open: ${allowed.join(', ')} (--allow).`);
  };
}

function isOnHost(address: string, allowed: readonly string[]): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url !== undefined && (allowed.includes(url.host) || allowed.includes(url.hostname));
}

async function isInFolder(path: string, allowed: readonly string[]): Promise<boolean> {
  // What is not there is opened by nobody, but its name is judged all the same.
  const real = await realpath(path).catch(() => resolve(path));
  for (const folder of allowed) {
    const base = await realpath(folder).catch(() => resolve(folder));
    const below = relative(base, real);
    if (!below.startsWith('..') && !isAbsolute(below)) return true;
  }
  return false;
}
