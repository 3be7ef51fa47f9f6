import type { GradSaveFunc, Tensor, Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';

/** Kernel under which a backend may register the rotation: inputs x, cos, sin; attribute heads. */
export const Rotary = 'Rotary';

/** What tokens are turned by: cosine and sine of each angle, [tokens, head width / 2]. */
export interface RotaryTables {
  readonly cos: Tensor2D;
  readonly sin: Tensor2D;
}

/**
 * Rotary position embedding (Su et al. 2021): turns each head's channels i and i + d/2, as a pair, by the token's i-th angle.
 *
 * @param x queries or keys, [B, tokens, heads x d]
 * @param tables of as many tokens; rows of ones and zeros leave a token as it is
 */
export function rotate(x: Tensor3D, tables: RotaryTables, heads: number): Tensor3D {
  // The tables are constants; saved, so that they live until the gradient does, which is the rotation back.
  const turn = tf.customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    save([tables.cos, tables.sin]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [cos, sin] = saved as [Tensor2D, Tensor2D];
      return turned(dy as Tensor3D, backwards({ cos, sin }), heads);
    };
    return { value: turned(args[0] as Tensor3D, tables, heads), gradFunc };
  });
  return turn(x) as Tensor3D;
}

function turned(x: Tensor3D, { cos, sin }: RotaryTables, heads: number): Tensor3D {
  if (tf.getKernel(Rotary, tf.getBackend()) !== undefined) {
    return tf.engine().runKernel(Rotary, { x, cos, sin }, { heads }) as Tensor3D;
  }
  return turnedByOps(x, { cos, sin }, heads);
}

/** The rotation out of standard operations. */
export function turnedByOps(x: Tensor3D, { cos, sin }: RotaryTables, heads: number): Tensor3D {
  const [batch, tokens, channels] = x.shape;
  const half = channels / heads / 2;
  const [a, b] = tf.split(tf.reshape(x, [batch, tokens, heads, 2, half]), 2, 3) as [Tensor, Tensor];
  const [c, s] = [cos, sin].map((table) => tf.reshape(table, [tokens, 1, 1, half])) as [Tensor, Tensor];
  const parts = [tf.sub(tf.mul(a, c), tf.mul(b, s)), tf.add(tf.mul(b, c), tf.mul(a, s))];
  return tf.reshape(tf.concat(parts, 3), [batch, tokens, channels]);
}

/** Both tables side by side, as the op takes them. */
export function packRotary({ cos, sin }: RotaryTables): Tensor2D {
  return tf.concat([cos, sin], 1);
}

/** Inverse of `packRotary`. */
export function unpackRotary(rotary: Tensor2D): RotaryTables {
  const [cos, sin] = tf.split<Tensor2D>(rotary, 2, 1) as [Tensor2D, Tensor2D];
  return { cos, sin };
}

/** Inputs of the op whose queries and keys have been turned. */
export function turnedInputs(
  { rotary, ...inputs }: LongformerAttentionInputs,
  { heads, globals }: LongformerAttentionAttrs,
): LongformerAttentionInputs {
  const tables = unpackRotary(rotary!);
  const { query, key, keyGlobal } = inputs;
  const turnedKey = rotate(key, tables, heads);
  return {
    ...inputs,
    query: rotate(query, withoutFirstRows(tables, globals), heads),
    key: turnedKey,
    ...(keyGlobal && { keyGlobal: keyGlobal === key ? turnedKey : rotate(keyGlobal, tables, heads) }),
  };
}

/** The tables of the local tokens. */
export function withoutFirstRows({ cos, sin }: RotaryTables, count: number): RotaryTables {
  const local = (table: Tensor2D) => tf.slice(table, [count, 0], [table.shape[0] - count, table.shape[1]]);
  return { cos: local(cos), sin: local(sin) };
}

/** The same angles backwards. */
export function backwards({ cos, sin }: RotaryTables): RotaryTables {
  return { cos, sin: tf.neg(sin) };
}
