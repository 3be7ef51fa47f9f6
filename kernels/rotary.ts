import type { Tensor, Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';

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
  const { cos, sin } = tables;
  // The tables are constants. The gradient of a rotation is the rotation back.
  const turn = tf.customGrad((...args) => {
    const input = args[0] as Tensor3D;
    const gradFunc = (dy: Tensor) => turned(dy as Tensor3D, { cos, sin: tf.neg(sin) }, heads);
    return { value: turned(input, tables, heads), gradFunc };
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
