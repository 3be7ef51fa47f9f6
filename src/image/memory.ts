/** Largest image run in one pass: 4096 x 4096. */
const mostPixels = 2 ** 24;

/** Enough for a result that still has a view of its surroundings: 1024 x 1024. */
const fewestPixels = 2 ** 20;

// ViL-Tiny at 4096 x 4096 was measured to peak at 5.7e9 bytes of resident memory, 340 a pixel; rounded up for what else
// is in the process.
const bytesPerPixel = 400;

/**
 * How many pixels one pass of a model may take on this machine: 2^24, halved until half of the free memory holds them.
 * Steps of two, so that small differences in free memory do not change how an image is cut.
 */
export function defaultPixelsPerPass(freeBytes: number = process.availableMemory()): number {
  let pixels = mostPixels;
  while (pixels > fewestPixels && pixels * bytesPerPixel > freeBytes / 2) pixels /= 2;
  return pixels;
}
