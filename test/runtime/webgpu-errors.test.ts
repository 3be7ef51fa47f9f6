import '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { useBackend } from '../../src/runtime/backends.js';
import { checkGpuErrors } from '../../src/runtime/webgpu-device.js';
import { tf } from '../../src/tensor/tensor.js';
import { describeWebGpu } from '../helpers/webgpu.js';

/** The device under tfjs's backend. */
function currentDevice(): GPUDevice {
  return (tf.backend() as unknown as { device: GPUDevice }).device;
}

async function onesTimesOnes(rows: number): Promise<ArrayLike<number>> {
  const product = tf.tidy(() => tf.sum(tf.matMul(tf.ones([rows, 1]), tf.ones([1, rows]))));
  const values = await product.data();
  product.dispose();
  return values;
}

await describeWebGpu('what the device refuses', () => {
  it('fails, and what comes after it is right again', async () => {
    await useBackend('webgpu');
    const invalid = async () => {
      currentDevice().createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
      return onesTimesOnes(8);
    };
    await expect(checkGpuErrors(invalid)).rejects.toThrow(/WebGPU device cannot run this: .*usage/s);
    expect((await checkGpuErrors(() => onesTimesOnes(8)))[0]).toBe(64);
  });

  it('tells of tensors that are larger than the device binds, which would give zeros', async ({ skip }) => {
    await useBackend('webgpu');
    const { maxStorageBufferBindingSize } = currentDevice().limits;
    if (maxStorageBufferBindingSize > 2 ** 28) skip('the device binds more than this test wants to allocate');
    const rows = Math.ceil(Math.sqrt(maxStorageBufferBindingSize / 4)) + 1;
    await expect(checkGpuErrors(() => onesTimesOnes(rows))).rejects.toThrow(/binding size/i);
  });

  it('hands on what the work itself throws', async () => {
    await useBackend('webgpu');
    const failing = () => Promise.reject(new TypeError('of the work'));
    await expect(checkGpuErrors(failing)).rejects.toThrow(new TypeError('of the work'));
  });
});
