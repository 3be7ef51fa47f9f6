import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '../../src/tensor/tensor.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { dispatch } from './dispatch.js';
import { globalCombine } from './global-combine.js';
import { globalForward } from './global-forward.js';
import { localForward } from './local-forward.js';
import { type AttentionPlan, planAttention } from './plan.js';
import { kernelSettings } from './settings.js';
import { planStream } from './stream.js';
import { type AttentionTensors, problemOf, Workspace } from './workspace.js';

/**
 * The op on WebGPU.
 *
 * @returns the output [B, G + N, C] and, for the backward pass, each query's log-sum-exp [B, heads, G + N]
 */
export function attentionForward(
  backend: WebGPUBackend,
  inputs: AttentionTensors,
  attrs: LongformerAttentionAttrs,
): [TensorInfo, TensorInfo] {
  const plan = planAttention(problemOf(inputs, attrs), kernelSettings(backend.device));
  const workspace = new Workspace(backend);
  const results = {
    output: workspace.result([plan.batch, plan.tokens, plan.channels]),
    logSumExp: workspace.result([plan.batch, plan.heads, plan.tokens]),
  };
  const biases = workspace.biases(inputs, plan);
  const key = workspace.stored(inputs.key!, plan);
  const value = workspace.stored(inputs.value!, plan);
  const { rotary } = inputs;
  const shared = { ...results, ...(biases && { biases }), ...(rotary && { rotary }) };

  dispatch(backend, localForward(plan), { ...shared, query: inputs.query!, key, value });
  if (plan.globals > 0) {
    const keyGlobal = inputs.keyGlobal === inputs.key ? key : workspace.stored(inputs.keyGlobal!, plan);
    const valueGlobal =
      inputs.valueGlobal === inputs.value ? value : workspace.stored(inputs.valueGlobal!, plan);
    const queryGlobal = inputs.queryGlobal!;
    forwardGlobals(workspace, plan, { ...shared, queryGlobal, keyGlobal, valueGlobal });
  }
  workspace.release();
  return [results.output, results.logSumExp];
}

function forwardGlobals(
  workspace: Workspace,
  plan: AttentionPlan,
  tensors: Record<string, TensorInfo>,
): void {
  const { splits } = planStream(plan, plan.tokens);
  const partials = {
    partialOutput: workspace.temporary([plan.batch, splits, plan.globals, plan.channels]),
    partialStatistics: workspace.temporary([plan.batch, splits, plan.globals, plan.heads, 2]),
  };
  dispatch(workspace.backend, globalForward(plan), { ...tensors, ...partials });
  dispatch(workspace.backend, globalCombine(plan), { ...tensors, ...partials });
}
