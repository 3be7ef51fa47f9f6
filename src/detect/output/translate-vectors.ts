import { UserError } from '../../base/errors.js';
import { RequestThread } from '../../base/threads/request-thread.js';
import { hasGdal, installGdal } from '../../geo/gdal/gdal-module.js';

/** One call of GDAL's ogr2ogr. */
export interface VectorStep {
  /** Name of a file that was given, or written before. */
  readonly from: string;
  readonly to: string;
  /** As of ogr2ogr, e.g. `['-f', 'GPKG']`. */
  readonly args: readonly string[];
}

export interface VectorRequest {
  /** Content of files by name. */
  readonly inputs: Readonly<Record<string, string | Uint8Array>>;
  readonly steps: readonly VectorStep[];
  /** Names of the files that are wanted; those that were not written are left out. */
  readonly outputs: readonly string[];
}

export type VectorAnswer = Readonly<Record<string, Uint8Array>>;

/** @param what is to be written, for the message. @throws UserError when gdal3.js is not installed */
export function requireGdal(what: string): void {
  if (hasGdal()) return;
  throw new UserError(
    `${what} is written by the optional package gdal3.js, which is not installed: ${installGdal}.`,
  );
}

/** Converts vector files with GDAL, in a thread of its own. @throws Error with what GDAL says */
export async function translateVectors(request: VectorRequest): Promise<VectorAnswer> {
  const thread = new RequestThread<VectorRequest, VectorAnswer>(
    new URL('./vector-thread.js', import.meta.url),
  );
  try {
    return await thread.ask(request);
  } finally {
    await thread.close();
  }
}
