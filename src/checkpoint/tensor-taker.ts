import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';

/** Tensors of a checkpoint, of which each is asked for by name: what nobody asked for is then known. */
export class TensorTaker {
  readonly #tensors: NamedArrays;
  readonly #source: string;
  readonly #taken = new Set<string>();

  /** @param source of the tensors, for messages */
  constructor(tensors: NamedArrays, source: string) {
    this.#tensors = tensors;
    this.#source = source;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#tensors, name);
  }

  /** @throws UserError when it is missing */
  take(name: string): NamedArray {
    const tensor = this.optional(name);
    if (tensor) return tensor;
    throw new UserError(`${this.#source} does not fit the architecture: missing tensors: ${name}`);
  }

  optional(name: string): NamedArray | undefined {
    if (!this.has(name)) return undefined;
    this.#taken.add(name);
    return this.#tensors[name];
  }

  /** Names that fit and have not been taken count as taken; returns them. */
  leaveOut(pattern: RegExp): string[] {
    const left = this.#left().filter((name) => pattern.test(name));
    for (const name of left) this.#taken.add(name);
    return left;
  }

  /** @throws UserError naming tensors that were not taken */
  finish(): void {
    const left = this.#left();
    if (left.length === 0) return;
    const shown = left.slice(0, 8).join(', ');
    const more = left.length > 8 ? ` and ${left.length - 8} more` : '';
    throw new UserError(`${this.#source} does not fit the architecture: unexpected tensors: ${shown}${more}`);
  }

  #left(): string[] {
    return Object.keys(this.#tensors).filter((name) => !this.#taken.has(name));
  }
}
