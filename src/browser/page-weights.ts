import { checkGpuErrors } from '../runtime/webgpu-device.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { runOnBackend } from '../tensor/run-on-backend.js';
import type { Tensor } from '../tensor/tensor.js';
import { tf } from '../tensor/tensor.js';
import type { PageDevice } from './device.js';

type Tensors = Readonly<Record<string, Tensor>>;

/** A model's weights on a device, and what runs with them. */
export class PageWeights {
  readonly #device: PageDevice;
  readonly #tensors: Tensors;

  constructor(device: PageDevice, weights: NamedArrays) {
    this.#device = device;
    this.#tensors = runOnBackend(device, () =>
      Object.fromEntries(
        Object.entries(weights).map(([name, { shape, data }]): [string, Tensor] => [
          name,
          tf.tensor(data, [...shape]),
        ]),
      ),
    );
  }

  /**
   * Runs a pass and reads what it gives.
   * @param pass may make any tensors; those it returns are read, all are freed
   * @throws UserError with what the GPU refused
   */
  run<Name extends string>(
    pass: (weights: Tensors) => Record<Name, Tensor>,
  ): Promise<Record<Name, Float32Array>> {
    const work = async () => {
      const outputs = runOnBackend(this.#device, () => tf.tidy(() => pass(this.#tensors)));
      const read = Object.entries<Tensor>(outputs).map(
        async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const,
      );
      try {
        return Object.fromEntries(await Promise.all(read)) as Record<Name, Float32Array>;
      } finally {
        tf.dispose(outputs);
      }
    };
    return this.#device === 'webgpu' ? checkGpuErrors(work) : work();
  }

  dispose(): void {
    tf.dispose(Object.values(this.#tensors));
  }
}
