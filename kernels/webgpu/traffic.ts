import { usesLocalBias } from './biases.js';
import { biasPartialCount } from './local-backward-query.js';
import { type AttentionPlan, chunkWorkgroups } from './plan.js';
import { planStream } from './stream.js';

/** What one dispatch moves between memory and registers or workgroup memory, and computes. */
export interface KernelTraffic {
  readonly name: string;
  readonly workgroups: number;
  /** Bytes of channels and statistics read and written; bias tables are small and stay in the cache. */
  readonly read: number;
  readonly written: number;
  /** Multiplications and additions, each counted; exponentials and comparisons are not. */
  readonly flops: number;
}

/** Traffic of the forward pass, dispatch by dispatch, from the bounds of the kernels' own loops. */
export function forwardTraffic(plan: AttentionPlan): KernelTraffic[] {
  const { staged, pairs } = localLoops(plan);
  const width = plan.headWidth;
  const perHead = plan.heads * plan.batch;
  const element = plan.settings.halfStorage ? 2 : 4;
  const local: KernelTraffic = {
    name: 'local-forward',
    workgroups: product(chunkWorkgroups(plan)),
    read: perHead * (plan.locals * width * 4 + staged * 2 * width * element),
    written: perHead * plan.locals * (width + 1) * 4,
    flops: perHead * pairs * 4 * width,
  };
  if (plan.globals === 0) return [local];
  const { splits, serving } = planStream(plan, plan.tokens);
  const partial = splits * plan.globals * (width + 2) * 4;
  const streamed: KernelTraffic = {
    name: 'global-forward',
    workgroups: splits * serving * perHead,
    read: perHead * serving * plan.tokens * 2 * width * element,
    written: perHead * partial,
    flops: perHead * plan.tokens * plan.globals * 4 * width,
  };
  const combined: KernelTraffic = {
    name: 'global-combine',
    workgroups: plan.globals * perHead,
    read: perHead * partial,
    written: perHead * plan.globals * (width + 1) * 4,
    flops: perHead * splits * plan.globals * 2 * width,
  };
  return [local, streamed, combined];
}

/** Traffic of the kernels of the backward pass that grow with the image; sums of global partials are constant. */
export function backwardTraffic(plan: AttentionPlan): KernelTraffic[] {
  const { staged, pairs, ownPairs, stagedQueries } = localLoops(plan);
  const perHead = plan.heads * plan.batch;
  const row = plan.headWidth * 4;
  const groups = product(chunkWorkgroups(plan));
  const biasTables = usesLocalBias(plan) ? biasPartialCount(plan) * plan.biasSide ** 2 * 4 * plan.heads : 0;
  const kernels: KernelTraffic[] = [
    kernel(
      'output-dot',
      Math.ceil(plan.tokens / 64) * perHead,
      plan.tokens * (2 * row + 4),
      plan.tokens * 8,
      plan.tokens * 2,
    ),
    kernel(
      'local-backward-query',
      groups,
      plan.locals * (2 * row + 8) + staged * 2 * row,
      plan.locals * row,
      pairs * 6,
    ),
    kernel(
      'local-backward-key',
      groups,
      plan.locals * 2 * row + stagedQueries * (2 * row + 8),
      plan.locals * 2 * row,
      ownPairs * 8,
    ),
  ];
  if (plan.globals > 0) kernels.push(...globalBackward());
  if (biasTables > 0) {
    kernels[1] = { ...kernels[1]!, written: kernels[1]!.written + biasTables };
    const tables = Math.ceil((plan.biasSide ** 2 * plan.heads) / 64);
    const added = { read: biasTables, written: biasTables / biasPartialCount(plan), flops: biasTables / 4 };
    kernels.push({
      name: 'sum-partials (bias)',
      workgroups: tables * Math.ceil(biasPartialCount(plan) / 32),
      ...added,
    });
  }
  return kernels;

  function globalBackward(): KernelTraffic[] {
    const { splits, serving } = planStream(plan, plan.tokens);
    const streams = splits * serving * perHead;
    const partial = splits * plan.globals * row;
    const threads = Math.ceil(plan.tokens / 64) * perHead;
    const [N, T, G] = [plan.locals, plan.tokens, plan.globals];
    return [
      kernel('global-key-backward', streams, serving * N * (4 * row + 8), 2 * partial, N * G * 8),
      kernel('global-backward-query', streams, serving * T * 3 * row, partial, T * G * 6),
      kernel('global-backward-key', threads, T * 2 * row * serving, T * 2 * row * serving, T * G * 8),
    ];
  }

  /** Reads, writes and multiply-adds of one head of one image; the latter a channel. */
  function kernel(
    name: string,
    workgroups: number,
    read: number,
    written: number,
    perChannel: number,
  ): KernelTraffic {
    return {
      name,
      workgroups,
      read: perHead * read,
      written: perHead * written,
      flops: perHead * perChannel * plan.headWidth,
    };
  }
}

/** Least bytes that any implementation moves: each input read once, each result written once. */
export function leastTraffic(plan: AttentionPlan): { forward: number; backward: number } {
  const perHead = plan.heads * plan.batch * plan.headWidth * 4;
  const globals = plan.globals > 0 ? 2 * plan.tokens + plan.globals : 0;
  const inputs = plan.locals + 2 * plan.tokens + globals;
  return { forward: perHead * (inputs + plan.tokens), backward: perHead * (2 * inputs + 2 * plan.tokens) };
}

/** Sums over all chunks of one head: tokens staged through workgroup memory, and pairs of a query and a key. */
function localLoops(plan: AttentionPlan) {
  const sums = { staged: 0, pairs: 0, ownPairs: 0, stagedQueries: 0 };
  const extent = (chunk: number, size: number) => Math.min(plan.window, size - chunk * plan.window);
  for (let row = 0; row < plan.chunkRows; row++) {
    for (let column = 0; column < plan.chunkColumns; column++) {
      const own = extent(row, plan.rows) * extent(column, plan.columns);
      const keys = plan.neighbours
        .map(([dy, dx]) => [row + dy, column + dx] as const)
        .filter(([y, x]) => y >= 0 && x >= 0 && y < plan.chunkRows && x < plan.chunkColumns)
        .reduce((sum, [y, x]) => sum + extent(y, plan.rows) * extent(x, plan.columns), 0);
      sums.staged += plan.parts * (keys + plan.globals);
      sums.stagedQueries += plan.parts * keys;
      sums.pairs += own * (keys + plan.globals);
      sums.ownPairs += own * keys;
    }
  }
  return sums;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
