import type { GradSaveFunc, NamedAttrMap, Tensor, Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { LongformerAttention2D, LongformerAttention2DGrad } from './attention-op.js';
import { backwards, rotate, turnedInputs, unpackRotary, withoutFirstRows } from './rotary.js';

/**
 * Runs the backend's fused attention kernel, with its fused backward pass where the backend has one.
 *
 * The gradient is attached here and not in tfjs's gradient registry, which cannot save optional inputs. Rotary positions have
 * none: the backward pass is that of queries and keys that have been turned, whose gradients are turned back.
 */
export function fusedAttention(inputs: LongformerAttentionInputs, attrs: LongformerAttentionAttrs): Tensor3D {
  const { rotary, ...differentiated } = inputs;
  const present = Object.entries(differentiated).filter(([, tensor]) => tensor !== undefined) as [
    string,
    Tensor,
  ][];
  const kernelInputs = { ...Object.fromEntries(present), ...(rotary && { rotary }) };
  if (tf.getKernel(LongformerAttention2DGrad, tf.getBackend()) === undefined) {
    return firstOf(run(LongformerAttention2D, kernelInputs, attrs)) as Tensor3D;
  }
  const names = present.map(([name]) => name);
  const withGradient = tf.customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    const tensors = args as Tensor[];
    const [output, logSumExp] = run(LongformerAttention2D, kernelInputs, attrs) as [Tensor, Tensor];
    save([...tensors, output, logSumExp, ...(rotary ? [rotary] : [])]);
    const gradFunc = (outputGradient: Tensor, saved: Tensor[]) => {
      const forward = { output: saved[names.length]!, logSumExp: saved[names.length + 1]!, outputGradient };
      const savedInputs = Object.fromEntries(names.map((name, i) => [name, saved[i]!]));
      const turning = saved[names.length + 2] as Tensor2D | undefined;
      const turned = turning
        ? turnedInputs({ ...(savedInputs as unknown as LongformerAttentionInputs), rotary: turning }, attrs)
        : savedInputs;
      const gradients = run(LongformerAttention2DGrad, { ...turned, ...forward } as Record<string, Tensor>, {
        ...attrs,
        inputNames: names,
      }) as Tensor[];
      return turning ? turnedBack(gradients, names, turning, attrs) : gradients;
    };
    return { value: output, gradFunc };
  });
  return withGradient(...present.map(([, tensor]) => tensor)) as Tensor3D;
}

function turnedBack(
  gradients: readonly Tensor[],
  names: readonly string[],
  rotary: Tensor2D,
  { heads, globals }: LongformerAttentionAttrs,
): Tensor[] {
  const tables = backwards(unpackRotary(rotary));
  return gradients.map((gradient, index) => {
    const name = names[index];
    if (name === 'query') return rotate(gradient as Tensor3D, withoutFirstRows(tables, globals), heads);
    return name === 'key' || name === 'keyGlobal' ? rotate(gradient as Tensor3D, tables, heads) : gradient;
  });
}

function run(kernel: string, inputs: Record<string, Tensor>, attrs: object): Tensor | Tensor[] {
  return tf.engine().runKernel(kernel, inputs, attrs as NamedAttrMap);
}

function firstOf(outputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(outputs) ? outputs[0]! : outputs;
}
