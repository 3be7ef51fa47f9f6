import type { Tensor } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';

/**
 * Gradients of the fused kernels that layers use where a backend has them; tfjs knows none of these kernels.
 */
export function registerFusedGradients(): void {
  tf.registerGradient({
    kernelName: 'LayerNorm',
    inputsToSave: ['x', 'weight', 'bias'],
    gradFunc: (dy, saved, attrs) => {
      const [x, weight, bias] = saved as [Tensor, Tensor, Tensor];
      const inputs = { x, weight, bias, dy: dy as Tensor };
      const [dx, dWeight, dBias] = tf.engine().runKernel('LayerNormGrad', inputs, attrs) as Tensor[];
      return { x: () => dx!, weight: () => dWeight!, bias: () => dBias! };
    },
  });
  tf.registerGradient({
    kernelName: 'Gelu',
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({
      x: () => tf.engine().runKernel('GeluGrad', { x: saved[0]!, dy: dy as Tensor }) as Tensor,
    }),
  });
}
