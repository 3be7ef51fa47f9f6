import { readHeader } from '../../src/image/header.js';
import type { Fingerprint } from './image-copies.js';
import { findCopies, fingerprint } from './image-copies.js';

/** What a look at the files of a set says. */
export interface ImageSurvey {
  /** Images looked at; fewer than there are where time was up. */
  readonly looked: number;
  /** Why an image cannot be read, by its index. */
  readonly broken: ReadonlyMap<number, string>;
  /** For each image the first one that it is a copy of, see `findCopies`. */
  readonly copies: readonly (number | undefined)[];
}

/**
 * Decodes the images of a set, spread evenly over it, until time is up.
 * @param seconds to spend at most
 */
export async function surveyImages(
  paths: readonly string[],
  seconds: number,
  progress: (done: number) => void = () => undefined,
): Promise<ImageSurvey> {
  const started = performance.now();
  const prints: (Fingerprint | undefined)[] = paths.map(() => undefined);
  const broken = new Map<number, string>();
  let looked = 0;
  for (const at of spread(paths.length)) {
    if (performance.now() - started > 1000 * seconds) break;
    try {
      const header = await readHeader(paths[at]!);
      // Rasters of many bands are read part by part in training, where a damaged one is named.
      if (header.reader === 'vips') prints[at] = await fingerprint(paths[at]!);
    } catch (error) {
      broken.set(at, (error as Error).message.split('\n')[0]!);
    }
    looked++;
    progress(looked);
  }
  return { looked, broken, copies: findCopies(prints) };
}

/** All indices, those far apart first, so that a part of them stands for the whole. */
function* spread(count: number): Generator<number> {
  const step = 61;
  for (let start = 0; start < step; start++) for (let at = start; at < count; at += step) yield at;
}
