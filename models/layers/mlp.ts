import type { Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ParameterShapes, Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';
import { gelu } from './gelu.js';
import { linear } from './linear.js';

/** Shapes of the two-layer perceptron of a transformer block. */
export function mlpShapes(name: string, width: number, hidden: number): ParameterShapes {
  return {
    [`${name}.fc1.weight`]: [hidden, width],
    [`${name}.fc1.bias`]: [hidden],
    [`${name}.fc2.weight`]: [width, hidden],
    [`${name}.fc2.bias`]: [width],
  };
}

/** Kernel under which a backend may register the whole perceptron, without a gradient. */
export const Mlp = 'Mlp';

/**
 * fc2(gelu(fc1(x))).
 * @param name prefix of the weights' names, e.g. `layer1.2.mlp`
 */
export function mlp(parameters: Parameters, name: string, x: Tensor3D): Tensor3D {
  if (tf.getKernel(Mlp, tf.getBackend()) !== undefined) {
    const weight = (suffix: string) => parameter(parameters, `${name}.${suffix}`);
    const [weight1, bias1] = [weight('fc1.weight'), weight('fc1.bias')];
    const [weight2, bias2] = [weight('fc2.weight'), weight('fc2.bias')];
    return tf.engine().runKernel(Mlp, { x, weight1, bias1, weight2, bias2 }) as Tensor3D;
  }
  return linear(parameters, `${name}.fc2`, gelu(linear(parameters, `${name}.fc1`, x)));
}
