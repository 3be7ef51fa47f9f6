import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { elementCount } from '../../src/tensor/named-arrays.js';
import type { TensorInfo } from '../../src/tensor/tensor.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { biasCount, biasOffsets } from './biases.js';
import { clear, copyInto, dispatch } from './dispatch.js';
import type { AttentionPlan, AttentionProblem } from './plan.js';
import { toHalf } from './to-half.js';

/** Input tensors of the op by name, as tfjs hands them to a kernel. */
export type AttentionTensors = Readonly<Record<string, TensorInfo | undefined>>;

/** The sizes that a call's tensors imply; tensors without elements count as absent. */
export function problemOf(inputs: AttentionTensors, attrs: LongformerAttentionAttrs): AttentionProblem {
  const [batch, , channels] = inputs.query!.shape as [number, number, number];
  return {
    ...attrs,
    batch,
    channels,
    hasLocalBias: hasElements(inputs.localBias),
    hasGlobalLocalBias: hasElements(inputs.globalLocalBias),
    hasGlobalGlobalBias: hasElements(inputs.globalGlobalBias),
    hasRotary: hasElements(inputs.rotary),
  };
}

export function hasElements(tensor: TensorInfo | undefined): boolean {
  return tensor?.shape.every((size) => size > 0) ?? false;
}

/** Device memory of one call: temporary tensors are handed back to the backend when it ends. */
export class Workspace {
  readonly backend: WebGPUBackend;
  private readonly temporaries: TensorInfo[] = [];

  constructor(backend: WebGPUBackend) {
    this.backend = backend;
  }

  /** A tensor whose contents are undefined until a kernel writes them. */
  result(shape: number[]): TensorInfo {
    return this.backend.makeTensorInfo(shape, 'float32');
  }

  temporary(shape: number[]): TensorInfo {
    const tensor = this.result(shape);
    this.temporaries.push(tensor);
    return tensor;
  }

  /** The bias tensors in one buffer, see biases.ts; undefined when there are none. */
  biases(inputs: AttentionTensors, plan: AttentionPlan): TensorInfo | undefined {
    const count = biasCount(plan);
    if (count === 0) return undefined;
    const offsets = biasOffsets(plan);
    const packed = this.temporary([count]);
    if (plan.hasGlobalLocalBias) copyInto(this.backend, inputs.globalLocalBias!, packed, offsets.globalLocal);
    if (plan.hasGlobalGlobalBias)
      copyInto(this.backend, inputs.globalGlobalBias!, packed, offsets.globalGlobal);
    if (plan.hasLocalBias) copyInto(this.backend, inputs.localBias!, packed, offsets.local);
    return packed;
  }

  /** `tensor` in 16 bits, two elements to a float; the tensor itself when the plan stores 32. */
  stored(tensor: TensorInfo, plan: AttentionPlan): TensorInfo {
    if (!plan.settings.halfStorage) return tensor;
    const size = elementCount(tensor.shape);
    const halves = this.temporary([Math.ceil(size / 2)]);
    dispatch(this.backend, toHalf(size), { source: tensor, halves });
    return halves;
  }

  zeros(shape: number[]): TensorInfo {
    const size = elementCount(shape);
    if (size === 0) return this.backend.makeTensorInfo(shape, 'float32', new Float32Array(0));
    const tensor = this.result(shape);
    clear(this.backend, tensor, 0, size);
    return tensor;
  }

  /** Frees the temporaries, once the commands that use them have been submitted. */
  release(): void {
    for (const { dataId } of this.temporaries) this.backend.disposeData(dataId);
  }
}
