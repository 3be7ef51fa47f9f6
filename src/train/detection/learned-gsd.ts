import { UserError } from '../../base/errors.js';
import { groundSizeOf } from '../../detect/scene/ground-size.js';
import { toleratedFactor } from '../../detect/scene/view.js';
import { openRaster } from '../../image/raster/open-raster.js';
import type { DetectionConfig } from './config.js';

/** Images that are looked at, evenly drawn: data sets are of one resolution or of many, rarely of one with exceptions. */
const mostImages = 32;

/**
 * Metres on the ground that a pixel covers of the images that a detector learns from: what the configuration says, else what the
 * images themselves say, by where they lie, if they are of one resolution (to the factor that `vil detect` leaves as it is).
 * @param paths of the training images
 * @param note told what is found out, or why it is not
 * @returns undefined where it is not known, there is no such number, or images are stretched
 */
export async function learnedGsd(
  { gsd, resize }: Pick<DetectionConfig, 'gsd' | 'resize'>,
  paths: readonly string[],
  note: (line: string) => void,
): Promise<number | undefined> {
  if (gsd !== undefined || resize === 'stretch') return gsd;
  const all = [...new Set(paths)];
  const step = Math.max(1, all.length / mostImages);
  const sizes: number[] = [];
  for (let at = 0; at < all.length; at += step) {
    const size = await groundSizeIn(all[Math.floor(at)]!);
    if (size !== undefined) sizes.push(size);
  }
  if (sizes.length === 0) return undefined;
  sizes.sort((a, b) => a - b);
  const [least, most] = [sizes[0]!, sizes.at(-1)!];
  if (most / least > toleratedFactor) {
    note(
      `The images are of ${metres(least)} to ${metres(most)} a pixel: the model gets no ground sampling distance, so that scenes are ` +
        'not resampled for it. "gsd" in the configuration names one.',
    );
    return undefined;
  }
  const middle = Number(sizes[Math.floor(sizes.length / 2)]!.toPrecision(3));
  note(
    `The images are of ${metres(middle)} a pixel: scenes of another resolution will be resampled for the model.`,
  );
  return middle;
}

/** @returns undefined where an image does not say where it lies, or cannot be read, which is told where it is used */
async function groundSizeIn(path: string): Promise<number | undefined> {
  try {
    const source = await openRaster(path);
    const size = groundSizeOf(source);
    await source.close();
    return size && Math.sqrt(size.x * size.y);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function metres(value: number): string {
  return `${Number(value.toPrecision(3))} m`;
}
