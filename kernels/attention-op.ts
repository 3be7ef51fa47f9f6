import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import type { ChunkMode, WindowRule } from './window-rules.js';

/** Name under which backends register a fused implementation. */
export const LongformerAttention2D = 'LongformerAttention2D';
/** Name of the fused backward pass, on backends that have it. */
export const LongformerAttention2DGrad = 'LongformerAttention2DGrad';

/**
 * Name of the op with the projections around it, which a backend without gradients may register: knowing the
 * weights, it can merge products. See `ProjectedAttentionInputs`.
 */
export const ProjectedLongformerAttention2D = 'ProjectedLongformerAttention2D';

/** Name under which a backend says that its fused implementation turns queries and keys by `rotary`. */
export const RotaryLongformerAttention2D = 'RotaryLongformerAttention2D';

/** Settings of the op; constants of a traced graph. */
export interface LongformerAttentionAttrs {
  readonly heads: number;
  /** Rows and columns of the local token grid. */
  readonly rows: number;
  readonly columns: number;
  /** Number of global tokens G, in front of the local ones. */
  readonly globals: number;
  /** Side w of a chunk. */
  readonly window: number;
  /** Which keys of the chunks it sees a local query attends to. */
  readonly exact: WindowRule;
  /** Which chunks a local query sees. */
  readonly mode: ChunkMode;
  /** Local tokens attend to the global tokens alone. */
  readonly onlyGlobal: boolean;
}

/** Tensors of the op; heads are consecutive blocks of channels, C = heads x head width. */
export interface LongformerAttentionInputs {
  /** Projected queries of the local tokens, not yet scaled, [B, rows * columns, C]. */
  readonly query: Tensor3D;
  /** Keys for the local queries: global tokens first, then local row-major, [B, G + rows * columns, C]. */
  readonly key: Tensor3D;
  /** Values, as `key`. */
  readonly value: Tensor3D;
  /** Projected queries of the global tokens, [B, G, C]; absent when G = 0. */
  readonly queryGlobal?: Tensor3D;
  /** Keys for the global queries, [B, G + rows * columns, C]; may be the same tensor as `key`. */
  readonly keyGlobal?: Tensor3D;
  readonly valueGlobal?: Tensor3D;
  /**
   * Relative position bias, [(4w - 1)^2, heads], row (dy + 2w - 1)(4w - 1) + (dx + 2w - 1), d = query - key.
   */
  readonly localBias?: Tensor2D;
  /** [2, heads, G]: [0] global query to local key, [1] local query to global key. */
  readonly globalLocalBias?: Tensor3D;
  /** [heads, G, G]: global query to global key. */
  readonly globalGlobalBias?: Tensor3D;
  /**
   * One-hot [8], in the order of `NEIGHBOURS`: the neighbour that is seen where `mode` names none in advance.
   */
  readonly randomShift?: Tensor;
  /**
   * Rotary positions of all tokens, a constant: cosines, then sines of the angles by which channels i and i + d/2 of each
   * query and key are turned, [G + rows * columns, d]. Absent: they are none, or have been turned already.
   */
  readonly rotary?: Tensor2D;
}

/** Tensors of the op with its projections, each of them x W^T + b. */
export interface ProjectedAttentionInputs
  extends Pick<LongformerAttentionInputs, 'localBias' | 'globalLocalBias' | 'globalGlobalBias'> {
  /** Global tokens first, then the local ones row-major, [B, G + rows * columns, C]. */
  readonly x: Tensor3D;
  readonly queryWeight: Tensor2D;
  readonly queryBias: Tensor1D;
  /** Of keys, then values, [2 C, C]. */
  readonly keyValueWeight: Tensor2D;
  readonly keyValueBias: Tensor1D;
  readonly outputWeight: Tensor2D;
  readonly outputBias: Tensor1D;
  /** The same for the global queries; all absent where they share the local ones' or G = 0. */
  readonly queryGlobalWeight?: Tensor2D;
  readonly queryGlobalBias?: Tensor1D;
  readonly keyValueGlobalWeight?: Tensor2D;
  readonly keyValueGlobalBias?: Tensor1D;
  readonly outputGlobalWeight?: Tensor2D;
  readonly outputGlobalBias?: Tensor1D;
}
