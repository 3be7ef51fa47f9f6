import { UserError } from '../base/errors.js';

/** A float32 tensor in ordinary memory, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights (or gradients, or optimiser moments) by their checkpoint names. */
export type NamedArrays = Readonly<Record<string, NamedArray>>;

/** Number of elements of a tensor of that shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/**
 * Refuses weights that would turn every result into NaN.
 * @param source the file or folder the weights come from, for the message
 * @throws UserError naming the first tensor with a NaN or an infinity, and how many values are affected
 */
export function checkFinite(arrays: NamedArrays, source: string): void {
  for (const [name, { data }] of Object.entries(arrays)) {
    if (areFinite(data)) continue;
    const broken = data.reduce((count, value) => (Number.isFinite(value) ? count : count + 1), 0);
    throw new UserError(
      `${source}: tensor "${name}" has ${broken} of ${data.length} values that are NaN or infinite. ` +
        'The file is damaged, or the training that wrote it diverged; use an earlier checkpoint.',
    );
  }
}

/**
 * Whether no value is NaN or infinite: those times zero are NaN, which stays in the sum. Quick, as loading
 * should be.
 */
function areFinite(data: Float32Array): boolean {
  let sum = 0;
  for (let index = 0; index < data.length; index++) sum += data[index]! * 0;
  return sum === 0;
}
