import { globalCombine } from '../kernels/webgpu/global-combine.js';
import { globalForward } from '../kernels/webgpu/global-forward.js';
import { globalKeyGradientFromLocalQueries } from '../kernels/webgpu/global-key-gradient-from-local-queries.js';
import { globalQueryGradient } from '../kernels/webgpu/global-query-gradient.js';
import { keyGradientFromGlobalQueries } from '../kernels/webgpu/key-gradient-from-global-queries.js';
import { localForward } from '../kernels/webgpu/local-forward.js';
import { localKeyGradient } from '../kernels/webgpu/local-key-gradient.js';
import { biasPartialCount, localQueryGradient } from '../kernels/webgpu/local-query-gradient.js';
import { outputDot } from '../kernels/webgpu/output-dot.js';
import type { AttentionPlan } from '../kernels/webgpu/plan.js';
import { sumPartials } from '../kernels/webgpu/sum-partials.js';
import { toHalf } from '../kernels/webgpu/to-half.js';
import type { KernelProgram } from '../kernels/webgpu/wgsl.js';

/** The kernels of a forward pass under `plan`, in the order of their dispatches. */
export function forwardPrograms(plan: AttentionPlan): KernelProgram[] {
  const narrowing = plan.settings.halfStorage ? [toHalf(plan.batch * plan.tokens * plan.channels)] : [];
  const globals = plan.globals > 0 ? [globalForward(plan), globalCombine(plan)] : [];
  return [...narrowing, localForward(plan), ...globals];
}

/** The kernels of a backward pass under `plan`, each once: sums of partial results differ in their sizes alone. */
export function backwardPrograms(plan: AttentionPlan): KernelProgram[] {
  const inner = plan.biasSide ** 2 * plan.heads;
  const count = biasPartialCount(plan);
  const sum = {
    outer: 1,
    count,
    span: count,
    inner,
    stride: inner,
    targetStride: 0,
    targetStart: 0,
    sourceStart: 0,
  };
  const globals = [globalKeyGradientFromLocalQueries, globalQueryGradient, keyGradientFromGlobalQueries];
  return [
    outputDot(plan),
    localQueryGradient(plan),
    localKeyGradient(plan),
    ...(plan.globals > 0 ? globals.map((program) => program(plan)) : []),
    sumPartials(sum),
  ];
}
