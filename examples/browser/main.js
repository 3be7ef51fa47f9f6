import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { loadDetector, loadModel } from 'vision-longformer/browser';

const wasmFiles = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};
const [select, input, output] = ['select', 'input', 'pre'].map((name) => document.querySelector(name));

input.addEventListener('change', async () => {
  output.textContent = 'Works …';
  try {
    const options = { device: select.value || undefined, wasmFiles };
    const model = await loadModel('land-use', options);
    const { labels, width, height } = await model.classify(input.files[0], { topK: 3 });
    const detector = await loadDetector('aerial-vehicles', options);
    const { detections } = await detector.detect(input.files[0]);
    const { count, scores, boxes } = detections;
    const result = {
      device: model.device,
      width,
      height,
      labels,
      count,
      scores: [...scores],
      boxes: [...boxes],
    };
    output.textContent = JSON.stringify(result, undefined, 2);
    await Promise.all([model.close(), detector.close()]);
  } catch (error) {
    output.textContent = `error: ${error.message}`;
  }
});
