import { useBackend } from './src/engine/backends.js';
import { tf } from './src/engine/tensor.js';
await useBackend('webgpu');
const a = tf.randomNormal([64,64]); console.log((await tf.matMul(a,a).data())[0], tf.getBackend());
(globalThis as any).gc?.();
await new Promise(r=>setTimeout(r,300));
console.log((await tf.matMul(a,a).data())[0], 'end');
