import { useBackend } from './src/engine/backends.js';
import { tf } from './src/engine/tensor.js';
import { observeDispatches } from './kernels/webgpu/dispatch.js';
import { compareWithOracle, relativeErrors, onWebGpu } from './test/helpers/attention-on-webgpu.js';
import { overrideKernelSettings } from './kernels/webgpu/settings.js';
let t = performance.now();
const lap = (s: string) => { const n = performance.now(); console.log(s, (n - t).toFixed(0)); t = n; };
await useBackend('webgpu'); lap('device');
const dev = (tf.backend() as any).device as GPUDevice;
const orig = dev.createComputePipeline.bind(dev);
(dev as any).createComputePipeline = (d: any) => { const s = performance.now(); const p = orig(d); console.log('  pipeline', d.label, (performance.now() - s).toFixed(0)); return p; };
const attrs = {heads:2, rows:5, columns:8, globals:2, window:3, exact:0, mode:0, onlyGlobal:false} as const;
for (let i = 0; i < 2; i++) {
const { actual, expected } = await compareWithOracle(attrs, {hasBias:true, seed:1});
lap('compare'); console.log(Math.max(...Object.values(relativeErrors(actual, expected))));
}
