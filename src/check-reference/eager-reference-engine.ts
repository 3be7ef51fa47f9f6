import { type BackendName, useBackend } from '../runtime/backends.js';
import { loadGradients } from '../tensor/gradients.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { Tensor } from '../tensor/tensor.js';
import { tf } from '../tensor/tensor.js';
import type { ReferenceEngine, ReferenceProblem } from './problem.js';

/** Computes problems on a tfjs backend. */
export function eagerReferenceEngine(backend: BackendName): ReferenceEngine {
  return {
    compute: async (problem) => {
      await useBackend(backend);
      if (problem.gradients) await loadGradients();
      const inputs = upload(problem.inputs);
      const tensors = tf.tidy(() => outputsAndGradients(problem, inputs));
      try {
        return { outputs: await download(tensors.outputs), gradients: await download(tensors.gradients) };
      } finally {
        tf.dispose([inputs, tensors.outputs, tensors.gradients]);
      }
    },
    close: async () => {},
  };
}

type NamedTensors = Record<string, Tensor>;

/**
 * All outputs of a problem and, where it has some, the gradients by every input; to be called in a `tf.tidy`.
 * @param upstream the gradient that enters the output, where it is not the problem's own array
 */
export function outputsAndGradients(
  { evaluate, gradients }: ReferenceProblem,
  inputs: NamedTensors,
  upstream?: Tensor,
): { outputs: NamedTensors; gradients: NamedTensors } {
  if (!gradients) return { outputs: evaluate(inputs), gradients: {} };
  const entering = upstream ?? tf.tensor(gradients.upstream.data, [...gradients.upstream.shape]);
  const tensors = Object.values(inputs);
  // The engine's own entry: tf.grads refuses inputs without influence on the output, whose gradient is zero.
  const { value, grads } = tf
    .engine()
    .gradients(() => evaluate(inputs)[gradients.output]!, tensors, entering, true);
  const names = Object.keys(inputs);
  return {
    outputs: { [gradients.output]: value },
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i] ?? tf.zerosLike(tensors[i]!)])),
  };
}

function upload(arrays: NamedArrays): NamedTensors {
  const entries = Object.entries(arrays);
  return Object.fromEntries(entries.map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
}

async function download(tensors: NamedTensors): Promise<NamedArrays> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => {
    return [name, { shape: tensor.shape, data: (await tensor.data()) as Float32Array }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
