import { usesLocalBias } from '../../kernels/webgpu/biases.js';
import { backwardTile, biasPartialCount } from '../../kernels/webgpu/local-query-gradient.js';
import {
  type AttentionPlan,
  chunkWorkgroups,
  combiningThreads,
  tokenThreads,
} from '../../kernels/webgpu/plan.js';
import { planStream } from '../../kernels/webgpu/stream.js';

/** What one dispatch moves between memory and its workgroups, and computes. */
export interface KernelTraffic {
  readonly name: string;
  readonly workgroups: number;
  /** Bytes asked of memory; bias tables are small and stay in the cache, so they are left out. */
  readonly read: number;
  readonly written: number;
  /** Multiplications and additions with channels, each counted. */
  readonly flops: number;
}

/** Bytes a channel and a statistic take. */
const FLOAT = 4;

/**
 * Traffic of the forward pass, dispatch by dispatch, for `exact` 0 and 1 in 32-bit storage (with `exact` 1 masked
 * pairs count as computed). The formulas follow the kernels' loops; a test holds them against kernels that tally.
 */
export function forwardTraffic(plan: AttentionPlan): KernelTraffic[] {
  const heads = plan.heads * plan.batch;
  const row = plan.headWidth * FLOAT;
  const loops = localLoops(plan, 1);
  const local = {
    name: 'local-forward',
    workgroups: product(chunkWorkgroups(plan)),
    read: heads * (loops.slots + 2 * loops.stagedKeys) * row,
    written: heads * plan.locals * (row + FLOAT),
    flops: heads * loops.pairs * 4 * plan.headWidth,
  };
  return plan.globals > 0 ? [local, ...globalForwardTraffic(plan)] : [local];
}

function globalForwardTraffic(plan: AttentionPlan): KernelTraffic[] {
  const heads = plan.heads * plan.batch;
  const row = plan.headWidth * FLOAT;
  const { splits, serving, served } = planStream(plan, plan.tokens);
  const joined = heads * plan.globals;
  const statistics = combiningThreads(plan) * 3 * splits + plan.vectors * splits;
  return [
    {
      name: 'global-forward',
      workgroups: heads * splits * serving,
      read: heads * serving * (plan.tokens * 2 + splits * served) * row,
      written: joined * splits * (row + 2 * FLOAT),
      flops: heads * serving * served * plan.tokens * 4 * plan.headWidth,
    },
    {
      name: 'global-combine',
      workgroups: joined,
      read: joined * (splits * row + statistics * FLOAT),
      written: joined * (row + FLOAT),
      flops: joined * splits * 2 * plan.headWidth,
    },
  ];
}

/** Traffic of the backward pass, as `forwardTraffic`, but for the sums of partial results. */
export function backwardTraffic(plan: AttentionPlan): KernelTraffic[] {
  const heads = plan.heads * plan.batch;
  const row = plan.headWidth * FLOAT;
  const outputDot = {
    name: 'output-dot',
    workgroups: heads * Math.ceil(plan.tokens / tokenThreads(plan)),
    read: heads * plan.tokens * (2 * row + FLOAT),
    written: heads * plan.tokens * 2 * FLOAT,
    flops: heads * plan.tokens * 2 * plan.headWidth,
  };
  const globals = plan.globals > 0 ? globalBackwardTraffic(plan) : [];
  return [outputDot, localQueryTraffic(plan), localKeyTraffic(plan), ...globals];
}

function localQueryTraffic(plan: AttentionPlan): KernelTraffic {
  const heads = plan.heads * plan.batch;
  const row = plan.headWidth * FLOAT;
  const loops = localLoops(plan, backwardTile(plan));
  // Each tile adds to the entries of the bias table that its chunk reaches, in the workgroup's own table.
  const added = usesLocalBias(plan) ? loops.tiles * (2 * plan.window - 1) ** 2 * FLOAT : 0;
  const zeroed = usesLocalBias(plan) ? (biasPartialCount(plan) / plan.batch) * plan.biasSide ** 2 * FLOAT : 0;
  return {
    name: 'local-query-gradient',
    workgroups: product(chunkWorkgroups(plan)),
    read: heads * (loops.slots * (2 * row + plan.lanes * 2 * FLOAT) + loops.stagedKeys * 2 * row + added),
    written: heads * (plan.locals * row + zeroed + added),
    flops: heads * loops.pairs * 6 * plan.headWidth,
  };
}

function localKeyTraffic(plan: AttentionPlan): KernelTraffic {
  const heads = plan.heads * plan.batch;
  const row = plan.headWidth * FLOAT;
  const loops = localLoops(plan, 1);
  return {
    name: 'local-key-gradient',
    workgroups: product(chunkWorkgroups(plan)),
    read: heads * (loops.slots * 2 * row + loops.stagedQueries * (2 * row + 2 * FLOAT)),
    written: heads * plan.locals * 2 * row,
    flops: heads * loops.localPairs * 8 * plan.headWidth,
  };
}

function globalBackwardTraffic(plan: AttentionPlan): KernelTraffic[] {
  const heads = plan.heads * plan.batch;
  const row = plan.headWidth * FLOAT;
  const { locals, tokens, globals, headWidth } = plan;
  const [ofLocals, { splits, serving, served, threads }] = [
    planStream(plan, locals),
    planStream(plan, tokens),
  ];
  const groups = Math.ceil(tokens / tokenThreads(plan));
  return [
    {
      name: 'global-key-gradient-from-local-queries',
      workgroups: heads * ofLocals.splits * serving,
      read: heads * serving * (locals * (4 * row + 2 * FLOAT) + ofLocals.splits * served * 2 * row),
      written: heads * ofLocals.splits * globals * (2 * row + FLOAT),
      flops: heads * serving * served * locals * 8 * headWidth,
    },
    {
      name: 'global-query-gradient',
      workgroups: heads * splits * serving,
      read: heads * serving * (tokens * 3 * row + splits * served * (2 * row + threads * 2 * FLOAT)),
      written: heads * splits * globals * (row + (1 + globals) * FLOAT),
      flops: heads * serving * served * tokens * 6 * headWidth,
    },
    {
      name: 'key-gradient-from-global-queries',
      workgroups: heads * groups,
      read:
        heads *
        (serving * (tokens * (2 * row + served * 2 * FLOAT) + groups * served * 2 * row) +
          (serving - 1) * tokens * 2 * row),
      written: heads * serving * tokens * 2 * row,
      flops: heads * serving * served * tokens * 8 * headWidth,
    },
  ];
}

/** Least bytes that any implementation moves: each input read once, each result written once. */
export function leastTraffic(plan: AttentionPlan): { forward: number; backward: number } {
  const bytes = plan.batch * plan.channels * FLOAT;
  const inputs = plan.locals + 2 * plan.tokens + (plan.globals > 0 ? 2 * plan.tokens + plan.globals : 0);
  return { forward: bytes * (inputs + plan.tokens), backward: bytes * (2 * inputs + 2 * plan.tokens) };
}

/** Sums over all chunks of one head of one image: what its workgroups own and stage, and the pairs they compute. */
function localLoops(plan: AttentionPlan, tile: number) {
  const chunks = plan.chunkRows * plan.chunkColumns;
  const sums = { slots: 0, stagedKeys: 0, stagedQueries: 0, tiles: 0, pairs: 0, localPairs: 0 };
  for (let chunk = 0; chunk < chunks; chunk++) {
    const [row, column] = [Math.floor(chunk / plan.chunkColumns), chunk % plan.chunkColumns];
    const own = tokensInChunk(plan, row, column);
    const seen = plan.neighbours.map(([dy, dx]) => tokensInChunk(plan, row + dy, column + dx));
    const queries = plan.neighbours.map(([dy, dx]) => tokensInChunk(plan, row - dy, column - dx));
    const keys = sum(seen);
    sums.slots += plan.parts * plan.ownedTokens;
    sums.stagedKeys += plan.parts * (keys + plan.globals);
    sums.stagedQueries += plan.parts * sum(queries);
    sums.tiles += plan.parts * sum(seen.map((count) => Math.ceil(count / tile)));
    sums.pairs += own * (keys + plan.globals);
    sums.localPairs += own * sum(queries);
  }
  return sums;
}

/** Tokens of the image in a chunk; none off the grid. */
function tokensInChunk({ rows, columns, window }: AttentionPlan, row: number, column: number): number {
  const extent = (index: number, size: number) =>
    index < 0 ? 0 : Math.max(0, Math.min(window, size - index * window));
  return extent(row, rows) * extent(column, columns);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
