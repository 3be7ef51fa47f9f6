import type { Rank, Tensor, Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';

/** Tensors of the local tokens, [N, tokens, width], and of the global ones, [1, G, width]. */
interface Projected {
  readonly local: Tensor3D;
  readonly global: Tensor3D;
}

export interface ListedAttentionInputs {
  readonly heads: number;
  /** Not yet scaled. */
  readonly query: Projected;
  readonly key: Projected;
  readonly value: Projected;
  /** As of `ListedWindows`. */
  readonly keys: Tensor2D;
  readonly visible: Tensor2D;
  readonly weights: Tensor2D;
}

/** Name under which a backend may register the local half, without a gradient. */
export const ListedLocalAttention = 'ListedLocalAttention';

/** What a backend gives `ListedLocalAttention`; as of `localAttention`. */
export interface ListedLocalAttentionAttrs {
  readonly heads: number;
}

/**
 * Windowed and global attention over listed windows: the op of `kernels/longformer-attention.ts`, its keys found through a
 * table instead of a grid.
 */
export function listedAttention(inputs: ListedAttentionInputs): Projected {
  return { local: localAttention(inputs), global: globalAttention(inputs) };
}

function localAttention({ heads, query, key, value, keys, visible }: ListedAttentionInputs): Tensor3D {
  const [count, tokens, width] = query.local.shape;
  const headWidth = width / heads;
  const seen = keys.shape[1];
  if (tf.getKernel(ListedLocalAttention, tf.getBackend()) !== undefined) {
    const inputs = {
      query: query.local,
      key: headRows(key, headWidth),
      value: headRows(value, headWidth),
      keys,
      visible,
    };
    return tf.engine().runKernel(ListedLocalAttention, inputs, { heads }) as Tensor3D;
  }
  // One row for each head of each token: a single gather finds windows and separates heads.
  const perHead = tf.add(
    tf.mul(tf.reshape<Rank.R3>(keys, [count, 1, seen]), tf.scalar(heads, 'int32')),
    tf.tensor3d(
      Int32Array.from({ length: heads }, (_, head) => head),
      [1, heads, 1],
      'int32',
    ),
  );
  const gathered = (x: Projected) => tf.gather(headRows(x, headWidth), perHead);
  const queries = tf.transpose(
    tf.reshape<Rank.R4>(tf.mul(query.local, headWidth ** -0.5), [count, tokens, heads, headWidth]),
    [0, 2, 1, 3],
  );
  const logits = tf.add(
    tf.matMul(queries, gathered(key), false, true),
    tf.reshape<Rank.R4>(visible, [count, 1, 1, seen]),
  );
  const context = tf.matMul(tf.softmax(logits), gathered(value));
  return tf.reshape<Rank.R3>(tf.transpose(context, [0, 2, 1, 3]), [count, tokens, width]);
}

/** [(G + N * tokens) * heads, head width], global tokens first. */
function headRows({ local, global }: Projected, headWidth: number): Tensor2D {
  const [count, tokens, width] = local.shape;
  const globals = global.shape[1];
  const rows = tf.concat(
    [tf.reshape<Rank.R2>(global, [globals, width]), tf.reshape<Rank.R2>(local, [count * tokens, width])],
    0,
  );
  return tf.reshape(rows, [(globals + count * tokens) * (width / headWidth), headWidth]);
}

function globalAttention({ heads, query, key, value, weights }: ListedAttentionInputs): Tensor3D {
  const [, globals, width] = query.global.shape;
  const [count, tokens] = key.local.shape;
  const headWidth = width / heads;
  const all = globals + count * tokens;
  const apart = (x: Tensor, rows: number) =>
    tf.transpose(tf.reshape<Rank.R3>(x, [rows, heads, headWidth]), [1, 0, 2]);
  const queries = apart(tf.mul(query.global, headWidth ** -0.5), globals);
  const stands = tf.concat([tf.zeros<Rank.R1>([globals]), tf.reshape<Rank.R1>(weights, [count * tokens])], 0);
  const logits = tf.add(tf.matMul(queries, apart(headRows(key, headWidth), all), false, true), stands);
  const context = tf.matMul(tf.softmax(logits), apart(headRows(value, headWidth), all));
  return tf.reshape<Rank.R3>(tf.transpose(context, [1, 0, 2]), [1, globals, width]);
}
