import { nextTurn } from '../base/next-turn.js';
import type { Size } from '../boxes/box.js';
import type { RgbImage } from './decode.js';
import { copyPaddedRow, paddedSize } from './mirror-padded.js';

/** What a model is given: normalised planes of a size it takes. */
export interface ModelInput extends Size {
  /** [3, height, width] */
  readonly data: Float32Array;
}

/** Statistics of the training data, of RGB in [0, 1]. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Pixels handled between two turns of the event loop: about a millisecond's work. */
const pixelsPerTurn = 2 ** 18;

/**
 * Normalises an image and brings its sides up to multiples of the model's stride.
 *
 * The image is neither scaled nor cropped, as every pixel is to be seen as it is; `mirrorPadded` says how it is continued.
 *
 * Gives the event loop a turn now and then, so that a server goes on answering.
 */
export async function toModelInput(
  image: RgbImage,
  stride: number,
  { mean, std }: Normalisation,
): Promise<ModelInput> {
  const { width, height } = paddedSize(image, stride);
  const data = new Float32Array(3 * height * width);
  const tables = [0, 1, 2].map((channel) => normalisationTable(mean[channel]!, std[channel]!));
  const row = new Uint8Array(3 * width);
  const rowsPerTurn = Math.ceil(pixelsPerTurn / width);
  for (let y = 0; y < height; y++) {
    copyPaddedRow(image, y, row);
    for (const [channel, table] of tables.entries()) {
      const at = (channel * height + y) * width;
      for (let x = 0; x < width; x++) data[at + x] = table[row[3 * x + channel]!]!;
    }
    if (y % rowsPerTurn === rowsPerTurn - 1) await nextTurn();
  }
  return { data, width, height };
}

/** Normalised values of all 256 levels of a channel. */
function normalisationTable(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / std);
}
