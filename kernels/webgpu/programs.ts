import { globalCombine } from './global-combine.js';
import { globalForward } from './global-forward.js';
import { globalKeyGradientFromLocalQueries } from './global-key-gradient-from-local-queries.js';
import { globalQueryGradient } from './global-query-gradient.js';
import { keyGradientFromGlobalQueries } from './key-gradient-from-global-queries.js';
import { localForward } from './local-forward.js';
import { localKeyGradient } from './local-key-gradient.js';
import { biasPartialCount, localQueryGradient } from './local-query-gradient.js';
import { outputDot } from './output-dot.js';
import type { AttentionPlan } from './plan.js';
import { sumPartials } from './sum-partials.js';
import { toHalf } from './to-half.js';
import type { KernelProgram } from './wgsl.js';

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
