// Windowed and global attention in a tfjs model of one's own, with its gradient: node examples/tfjs-kernel.mjs
// Needs npm install @tensorflow/tfjs@4.22.0. On the backend webgpu the same call runs one fused kernel (docs/kernels.md).
import * as tf from '@tensorflow/tfjs';
import { longformerAttention2d, registerWebGpuAttention } from 'vision-longformer/kernels';

if (tf.findBackendFactory('webgpu')) registerWebGpuAttention();
await tf.ready();

// A grid of 16 x 16 tokens and one global token in front, of 2 heads with 8 channels each.
const attrs = {
  heads: 2,
  rows: 16,
  columns: 16,
  globals: 1,
  window: 4,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
};
const tokens = tf.randomNormal([1, 1 + 16 * 16, 16], 0, 1, 'float32', 7);
const project = () => tf.layers.dense({ units: 16, useBias: false });
const [toQuery, toKey, toValue] = [project(), project(), project()];

/** Self-attention: [batch, 257, 16] to [batch, 257, 16]. */
function attend(x) {
  const [queries, key, value] = [toQuery.apply(x), toKey.apply(x), toValue.apply(x)];
  const [queryGlobal, query] = tf.split(queries, [1, 256], 1);
  return longformerAttention2d({ query, key, value, queryGlobal, keyGlobal: key, valueGlobal: value }, attrs);
}

attend(tokens); // makes the weights
const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(attend(tokens))));
console.log(`${tf.getBackend()}: mean square ${(await value.data())[0].toFixed(4)}`);
for (const [name, gradient] of Object.entries(grads)) console.log(`gradient of ${name}: [${gradient.shape}]`);
