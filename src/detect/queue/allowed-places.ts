import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { Places } from '../../base/places.js';

/** Folders, hosts (`name` or `name:port`) and buckets (`s3://name`, `gs://name`, `az://name`). */
export type Allowed = readonly string[];

const addressPattern = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i;

/**
 * Lets open only what lies in certain folders, on certain hosts or in certain buckets. Links are followed first: one that leads
 * out of a folder does not lie in it.
 * @returns undefined where nothing is given: everything may be opened
 */
export function allowOnly(allowed: Allowed): Places | undefined {
  if (allowed.length === 0) return undefined;
  const folders = allowed.filter((each) => !addressPattern.test(each)).map((each) => resolve(each));
  return {
    folders,
    check: async (place) => {
      const isInside = addressPattern.test(place)
        ? isOnHost(place, allowed)
        : await isInFolder(place, folders);
      if (isInside) return;
      throw new UserError(
        `${place} is not under what this worker may open: ${allowed.join(', ')} (--allow).`,
      );
    },
  };
}

function isOnHost(address: string, allowed: Allowed): boolean {
  const [, scheme = '', bucket = ''] = addressPattern.exec(address)!;
  // The name of a bucket says nothing of a host, and the other way round.
  if (/^(s3|gs|az)$/i.test(scheme)) {
    return allowed.some((each) => each.replace(/\/+$/, '') === `${scheme.toLowerCase()}://${bucket}`);
  }
  const url = /^https?$/i.test(scheme) && URL.canParse(address) ? new URL(address) : undefined;
  return url !== undefined && (allowed.includes(url.host) || allowed.includes(url.hostname));
}

async function isInFolder(path: string, folders: readonly string[]): Promise<boolean> {
  // What is not there is opened by nobody, but its name is judged all the same.
  const real = await realpath(path).catch(() => resolve(path));
  for (const folder of folders) {
    const base = await realpath(folder).catch(() => folder);
    const below = relative(base, real);
    if (!/^\.\.(?:[/\\]|$)/.test(below) && !isAbsolute(below)) return true;
  }
  return false;
}
