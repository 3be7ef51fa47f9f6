import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '../../src/tensor/tensor.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { usesBiasToGlobal, usesLocalBias } from './biases.js';
import { dispatch } from './dispatch.js';
import { globalKeyGradientFromLocalQueries } from './global-key-gradient-from-local-queries.js';
import { globalQueryGradient } from './global-query-gradient.js';
import { keyGradientFromGlobalQueries } from './key-gradient-from-global-queries.js';
import { localKeyGradient } from './local-key-gradient.js';
import { biasPartialCount, localQueryGradient } from './local-query-gradient.js';
import { outputDot } from './output-dot.js';
import { type AttentionPlan, planAttention } from './plan.js';
import { kernelSettings } from './settings.js';
import { planStream } from './stream.js';
import { type PartialSum, sumPartials } from './sum-partials.js';
import { type AttentionTensors, hasElements, problemOf, Workspace } from './workspace.js';

type Tensors = Record<string, TensorInfo>;

/** One backward pass under way. */
interface Backward {
  readonly workspace: Workspace;
  readonly plan: AttentionPlan;
  /** What its kernels read, by the names of their bindings. */
  readonly tensors: Tensors;
  /** What it writes, by the inputs' names. */
  readonly gradients: Tensors;
}

/** Partial bias tables that one workgroup adds; a second round adds their sums. */
const BIAS_SPAN = 32;

/**
 * Gradients of the op on WebGPU, all of them deterministic: each element is written by one invocation, and
 * what several workgroups contribute to is summed by a second kernel in a fixed order.
 *
 * @param inputs those of the op, and `output`, `logSumExp` (of the forward pass) and `outputGradient`
 * @returns a gradient for each input of the op, by the input's name
 */
export function attentionBackward(
  backend: WebGPUBackend,
  inputs: AttentionTensors,
  attrs: LongformerAttentionAttrs,
): Tensors {
  // Gradients come from the 32-bit keys and values, whatever the forward pass stored.
  const settings = { ...kernelSettings(backend.device), halfStorage: false };
  const plan = planAttention(problemOf(inputs, attrs), settings);
  const workspace = new Workspace(backend);
  const gradients = allocate(workspace, inputs);
  const biases = workspace.biases(inputs, plan);
  const statistics = workspace.temporary([2, plan.batch, plan.heads, plan.tokens]);
  const tensors: Tensors = { ...(inputs as Tensors), statistics, ...(biases && { biases }) };

  dispatch(backend, outputDot(plan), tensors);
  const backward = { workspace, plan, tensors, gradients };
  backwardLocals(backward);
  if (plan.globals > 0) {
    backwardGlobalKeys(backward);
    backwardGlobalQueries(backward);
  }
  workspace.release();
  return gradients;
}

const OP_INPUTS = ['query', 'key', 'value', 'queryGlobal', 'keyGlobal', 'valueGlobal'];
const BIASES = ['localBias', 'globalLocalBias', 'globalGlobalBias'];

/** Biases start as zeros: with `onlyGlobal` some have no part in the output. */
function allocate(workspace: Workspace, inputs: AttentionTensors): Tensors {
  const gradients: Tensors = {};
  for (const name of [...OP_INPUTS, ...BIASES]) {
    const input = inputs[name];
    if (input === undefined) continue;
    const isWritten = OP_INPUTS.includes(name) && hasElements(input);
    gradients[name] = isWritten ? workspace.result([...input.shape]) : workspace.zeros([...input.shape]);
  }
  return gradients;
}

/** Local queries: their own gradient, that of the keys and values they see, and of the relative bias. */
function backwardLocals({ workspace, plan, tensors, gradients }: Backward): void {
  const { backend } = workspace;
  const tableSize = plan.biasSide ** 2 * plan.heads;
  const count = biasPartialCount(plan);
  const biasPartials = usesLocalBias(plan) ? workspace.temporary([count, tableSize]) : undefined;
  const queryGradient = gradients.query!;
  dispatch(backend, localQueryGradient(plan), {
    ...tensors,
    queryGradient,
    ...(biasPartials && { biasPartials }),
  });
  dispatch(backend, localKeyGradient(plan), {
    ...tensors,
    keyGradient: gradients.key!,
    valueGradient: gradients.value!,
  });
  if (biasPartials === undefined) return;
  const rounds = Math.ceil(count / BIAS_SPAN);
  const sums = workspace.temporary([rounds, tableSize]);
  add(workspace, biasPartials, sums, { count, span: BIAS_SPAN, inner: tableSize });
  add(workspace, sums, gradients.localBias!, { count: rounds, inner: tableSize });
}

/** Keys and values of the global tokens, as the local queries see them. */
function backwardGlobalKeys({ workspace, plan, tensors, gradients }: Backward): void {
  const { batch, globals, channels, heads } = plan;
  const { splits } = planStream(plan, plan.locals);
  const partials = workspace.temporary([2, batch, splits, globals, channels]);
  const biasPartials = workspace.temporary([batch, splits, heads, globals]);
  dispatch(workspace.backend, globalKeyGradientFromLocalQueries(plan), {
    ...tensors,
    partials,
    biasPartials,
  });
  const inner = globals * channels;
  const rows = { outer: batch, count: splits, inner, targetStride: plan.tokens * channels };
  add(workspace, partials, gradients.key!, rows);
  add(workspace, partials, gradients.value!, { ...rows, sourceStart: batch * splits * inner });
  if (usesBiasToGlobal(plan)) {
    const toGlobal = { count: batch * splits, inner: heads * globals, targetStart: heads * globals };
    add(workspace, biasPartials, gradients.globalLocalBias!, toGlobal);
  }
}

/** Global queries: their own gradient, that of the keys and values they see, and of their biases. */
function backwardGlobalQueries({ workspace, plan, tensors, gradients }: Backward): void {
  const { batch, globals, channels, heads } = plan;
  const { splits } = planStream(plan, plan.tokens);
  const inner = globals * channels;
  const stride = heads * globals * (1 + globals);
  const queryPartials = workspace.temporary([batch, splits, globals, channels]);
  const biasPartials = workspace.temporary([batch, splits, stride]);
  dispatch(workspace.backend, globalQueryGradient(plan), { ...tensors, queryPartials, biasPartials });
  dispatch(workspace.backend, keyGradientFromGlobalQueries(plan), {
    ...tensors,
    keyGradient: gradients.keyGlobal!,
    valueGradient: gradients.valueGlobal!,
  });
  add(workspace, queryPartials, gradients.queryGlobal!, {
    outer: batch,
    count: splits,
    inner,
    targetStride: inner,
  });
  const biasRows = { count: batch * splits, stride };
  if (plan.hasGlobalLocalBias) {
    add(workspace, biasPartials, gradients.globalLocalBias!, { ...biasRows, inner: heads * globals });
  }
  if (plan.hasGlobalGlobalBias) {
    const sum = { ...biasRows, inner: heads * globals ** 2, sourceStart: heads * globals };
    add(workspace, biasPartials, gradients.globalGlobalBias!, sum);
  }
}

/** Sums partial results; whatever is left out of `sum` describes one run over a whole, dense array. */
function add(
  workspace: Workspace,
  partials: TensorInfo,
  sums: TensorInfo,
  sum: Partial<PartialSum> & Pick<PartialSum, 'count' | 'inner'>,
): void {
  const { count, inner } = sum;
  const whole = { outer: 1, span: count, stride: inner, targetStride: 0, targetStart: 0, sourceStart: 0 };
  dispatch(workspace.backend, sumPartials({ ...whole, ...sum }), { partials, sums });
}
