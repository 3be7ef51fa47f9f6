import '@tensorflow/tfjs';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../../kernels/attention-op.js';
import type { Tensor, Tensor2D, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';

const BATCH = 2;
const HEAD_WIDTH = 4;

/** Inputs of the attention op with random values, separate global keys and values included. */
export function randomAttentionInputs(
  { heads, rows, columns, globals, window }: LongformerAttentionAttrs,
  {
    hasBias,
    seed,
    headWidth = HEAD_WIDTH,
    batch = BATCH,
  }: { hasBias: boolean; seed: number; headWidth?: number; batch?: number },
): LongformerAttentionInputs {
  // tfjs takes seed 0 for none.
  let draws = 1;
  const random = <T extends Tensor>(...shape: number[]) =>
    tf.randomNormal(shape, 0, 1, 'float32', seed + draws++) as T;
  const channels = heads * headWidth;
  const tokens: [number, number, number] = [batch, globals + rows * columns, channels];
  const local = {
    query: random<Tensor3D>(batch, rows * columns, channels),
    key: random<Tensor3D>(...tokens),
    value: random<Tensor3D>(...tokens),
    localBias: hasBias ? random<Tensor2D>((4 * window - 1) ** 2, heads) : undefined,
  };
  if (globals === 0) return local;
  return {
    ...local,
    queryGlobal: random<Tensor3D>(batch, globals, channels),
    keyGlobal: random<Tensor3D>(...tokens),
    valueGlobal: random<Tensor3D>(...tokens),
    globalLocalBias: hasBias ? random<Tensor3D>(2, heads, globals) : undefined,
    globalGlobalBias: hasBias ? random<Tensor3D>(heads, globals, globals) : undefined,
  };
}

export interface OutputAndGradients {
  readonly output: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
  dispose(): void;
}

/** The output of `f` and the gradients of sum(output * upstream) by every input; zeros for inputs without influence. */
export function gradientsOf<Inputs extends object>(
  inputs: Inputs,
  f: (inputs: Inputs) => Tensor,
): OutputAndGradients {
  const entries = Object.entries(inputs).filter(
    (entry): entry is [string, Tensor] => entry[1] instanceof tf.Tensor,
  );
  const tensors = entries.map(([, tensor]) => tensor);
  const { value, grads } = tf.tidy(() => {
    const shape = tf.tidy(() => f(inputs).shape);
    return tf.engine().gradients(() => f(inputs), tensors, upstream(shape), true);
  });
  const gradients = Object.fromEntries(
    entries.map(([name, tensor], index) => [name, grads[index] ?? tf.zerosLike(tensor)]),
  );
  return { output: value, gradients, dispose: () => tf.dispose([value, gradients]) };
}

/** The gradient that `gradientsOf` sends into an output of that shape. */
function upstream(shape: number[]): Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', 77);
}
gradientsOf.upstream = upstream;

export function largestDifference(a: Tensor, b: Tensor): number {
  if (a.size === 0) return 0;
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}
