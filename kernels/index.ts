/**
 * The attention op of Vision Longformer for any tfjs model: on tfjs's `webgpu` backend as one fused kernel, forward and
 * backward, elsewhere out of standard ops. It runs on the backend that is current, in Node.js and in pages.
 *
 * @example <caption>In a program that has tfjs and its webgpu backend</caption>
 * import * as tf from '@tensorflow/tfjs';
 * import '@tensorflow/tfjs-backend-webgpu';
 * import { longformerAttention2d, registerWebGpuAttention } from 'vision-longformer/kernels';
 *
 * registerWebGpuAttention();
 * const attrs = { heads: 3, rows: 64, columns: 64, globals: 1, window: 7, exact: 'chunks', mode: 'all', onlyGlobal: false };
 * const output = longformerAttention2d({ query, key, value, queryGlobal, keyGlobal, valueGlobal }, attrs);
 */
import '../src/tensor/static-tfjs.js';

export type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
export { longformerAttention2d } from './longformer-attention.js';
export { registerWebGpuAttention } from './webgpu/register.js';
export type { ChunkMode, WindowRule } from './window-rules.js';
