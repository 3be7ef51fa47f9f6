import type { ParameterShapes } from '../../models/image-model.js';
import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';

/** The tensors of a reference file, taken out one by one with a check of each. */
export class ReferenceTensors {
  readonly #path: string;
  readonly #tensors: NamedArrays;

  constructor(path: string, tensors: NamedArrays) {
    this.#path = path;
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#tensors, name);
  }

  /** @throws UserError when the tensor is missing or has another shape than expected */
  take(name: string, shape: readonly number[]): NamedArray {
    const tensor = this.ofRank(name, shape.length);
    if (tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw new UserError(
        `${this.#path}: tensor "${name}" has shape [${tensor.shape}]; the file's settings ask for [${shape}]`,
      );
    }
    return tensor;
  }

  /** @throws UserError when the tensor is missing or has another rank */
  ofRank(name: string, rank: number): NamedArray {
    if (!this.has(name)) throw new UserError(`${this.#path}: tensor "${name}" is missing`);
    const tensor = this.#tensors[name]!;
    if (tensor.shape.length !== rank) {
      throw new UserError(
        `${this.#path}: tensor "${name}" has shape [${tensor.shape}], not ${rank} dimensions`,
      );
    }
    return tensor;
  }

  takeAll(shapes: ParameterShapes): NamedArrays {
    const entries = Object.entries(shapes).map(([name, shape]) => [name, this.take(name, shape)] as const);
    return Object.fromEntries(entries);
  }

  /**
   * Refuses weights that the settings have no place for: the file was made with others.
   * @param isIgnored weights that carry nothing, such as index buffers
   * @throws UserError naming the first one
   */
  refuseUnknown(prefix: string, known: ParameterShapes, isIgnored: (name: string) => boolean): void {
    const unknown = Object.keys(this.#tensors).find(
      (name) => name.startsWith(prefix) && !Object.hasOwn(known, name) && !isIgnored(name),
    );
    if (unknown) {
      throw new UserError(`${this.#path}: tensor "${unknown}" has no place under the file's settings`);
    }
  }
}

/** Index buffers, which are computed; repetitions of shared projections; tables of no global tokens. */
export function isRedundant(name: string, { isShared }: { isShared: boolean }): boolean {
  return (
    name.endsWith('.relative_position_index') ||
    name.endsWith('.cls_pos_embed') ||
    (isShared && /\.(query|kv|proj)_global\.(weight|bias)$/.test(name))
  );
}
