import type { GradSaveFunc, NamedAttrMap, Tensor, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { LongformerAttention2D, LongformerAttention2DGrad } from './attention-op.js';

/**
 * Runs the backend's fused attention kernel, with its fused backward pass where the backend has one.
 *
 * The gradient is attached here and not in tfjs's gradient registry, which cannot save optional inputs.
 */
export function fusedAttention(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  const present = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined) as [string, Tensor][];
  const kernelInputs = Object.fromEntries(present);
  if (tf.getKernel(LongformerAttention2DGrad, tf.getBackend()) === undefined) {
    return firstOf(run(LongformerAttention2D, kernelInputs, attrs)) as Tensor3D;
  }
  const names = present.map(([name]) => name);
  const withGradient = tf.customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    const tensors = args as Tensor[];
    const [output, logSumExp] = run(LongformerAttention2D, kernelInputs, attrs) as [Tensor, Tensor];
    save([...tensors, output, logSumExp]);
    const gradFunc = (outputGradient: Tensor, saved: Tensor[]) => {
      const forward = { output: saved[names.length]!, logSumExp: saved[names.length + 1]!, outputGradient };
      const savedInputs = Object.fromEntries(names.map((name, i) => [name, saved[i]!]));
      return run(LongformerAttention2DGrad, { ...savedInputs, ...forward }, { ...attrs, inputNames: names });
    };
    return { value: output, gradFunc };
  });
  return withGradient(...present.map(([, tensor]) => tensor)) as Tensor3D;
}

function run(kernel: string, inputs: Record<string, Tensor>, attrs: object): Tensor | Tensor[] {
  return tf.engine().runKernel(kernel, inputs, attrs as NamedAttrMap);
}

function firstOf(outputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(outputs) ? outputs[0]! : outputs;
}
