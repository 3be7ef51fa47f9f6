import type { LongformerAttentionAttrs } from '../attention-op.js';
import { visibleOffsets } from '../chunk-grid.js';
import type { KernelSettings } from './settings.js';

/** One call of the op: its settings, the sizes of its tensors and which optional ones it has. */
export interface AttentionProblem extends LongformerAttentionAttrs {
  readonly batch: number;
  /** C = heads x head width. */
  readonly channels: number;
  readonly hasLocalBias: boolean;
  readonly hasGlobalLocalBias: boolean;
  readonly hasGlobalGlobalBias: boolean;
  /** Queries and keys are turned by rotary positions. */
  readonly hasRotary?: boolean;
}

/** How a problem is divided over workgroups, invocations and registers; all kernels read it. */
export interface AttentionPlan extends AttentionProblem {
  readonly settings: KernelSettings;
  readonly headWidth: number;
  /** Local tokens, rows x columns. */
  readonly locals: number;
  /** G + rows x columns. */
  readonly tokens: number;
  readonly chunkRows: number;
  readonly chunkColumns: number;
  /** Chunks a query sees, as offsets (rows, columns) from its own; of two, its own is the first. */
  readonly neighbours: readonly (readonly [number, number])[];
  /** A head's channels in vec4s, the last one padded with zeros. */
  readonly vectors: number;
  /** Invocations that share one head of one token. */
  readonly lanes: number;
  /** vec4s in the registers of one lane. */
  readonly laneVectors: number;
  /** vec4s of one token in a workgroup tile: lanes x laneVectors. */
  readonly tileVectors: number;
  /** Tokens of a chunk that one workgroup owns, and workgroups a chunk. */
  readonly ownedTokens: number;
  readonly parts: number;
  /** Side of the relative bias table, 4w - 1. */
  readonly biasSide: number;
}

/** Divides `problem` over the device; see AttentionPlan. */
export function planAttention(problem: AttentionProblem, settings: KernelSettings): AttentionPlan {
  const headWidth = problem.channels / problem.heads;
  const vectors = Math.ceil(headWidth / 4);
  const lanes = lanesPerToken(vectors, settings);
  const laneVectors = Math.ceil(vectors / lanes);
  const locals = problem.rows * problem.columns;
  const area = problem.window ** 2;
  const parts = Math.ceil((area * lanes) / settings.invocations);
  return {
    ...problem,
    settings,
    headWidth,
    locals,
    tokens: problem.globals + locals,
    chunkRows: Math.ceil(problem.rows / problem.window),
    chunkColumns: Math.ceil(problem.columns / problem.window),
    neighbours: problem.onlyGlobal ? [] : visibleOffsets(problem.mode),
    vectors,
    lanes,
    laneVectors,
    tileVectors: lanes * laneVectors,
    ownedTokens: Math.ceil(area / parts),
    parts,
    biasSide: 4 * problem.window - 1,
  };
}

/**
 * Lanes that share a token's head: a power of two, at most four (the smallest subgroup that WebGPU allows).
 * Without subgroups lanes could not add up their dot products in registers, so one invocation takes the whole
 * head.
 */
function lanesPerToken(vectors: number, settings: KernelSettings): number {
  if (!settings.subgroups) return 1;
  let lanes = 1;
  while (lanes < 4 && (4 * vectors) / lanes > settings.laneChannels) lanes *= 2;
  return lanes;
}

/** Rows of a workgroup tile: as many as the memory holds, but not more than there are to stage. */
export function tileRows(plan: AttentionPlan, bytesPerRow: number, most: number): number {
  const rows = Math.floor(plan.settings.workgroupMemory / bytesPerRow);
  if (rows < 1) {
    throw new Error(
      `A head of ${plan.headWidth} channels needs ${bytesPerRow} bytes of workgroup memory; the device has ` +
        `${plan.settings.workgroupMemory}.`,
    );
  }
  return Math.max(1, Math.min(rows, most));
}

/** Workgroups of the kernels that own one chunk, or a part of one, for one head of one image. */
export function chunkWorkgroups(plan: AttentionPlan): [number, number, number] {
  return [plan.chunkColumns * plan.parts, plan.chunkRows, plan.heads * plan.batch];
}

/** Invocations of a workgroup in kernels where each takes one token, and where a few sum partial results. */
export function tokenThreads(plan: AttentionPlan): number {
  return Math.min(64, plan.settings.invocations);
}
export function combiningThreads(plan: AttentionPlan): number {
  return Math.min(32, plan.settings.invocations);
}
