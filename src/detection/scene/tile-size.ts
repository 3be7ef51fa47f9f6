/** What a pass of a detector may take unless the caller says otherwise. */
export const defaultMemoryBytes = 2e9;

// ViL-Tiny was measured to peak at 340 bytes a pixel of its input; rounded up for the detector's head.
const bytesPerPixel = 420;

const [smallest, largest] = [1024, 4096];

/**
 * Side of the largest square tile, 1024 to 4096 pixels, that a pass of a detector has the memory for.
 * @param stride sides are multiples of it
 */
export function tileSizeFor(memoryBytes: number, stride: number): number {
  const side = Math.sqrt(memoryBytes / bytesPerPixel);
  // Steps of 256, so that small differences do not change how a scene is cut.
  const stepped = Math.floor(side / 256) * 256;
  return Math.ceil(Math.min(largest, Math.max(smallest, stepped)) / stride) * stride;
}
