import type { Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ParameterShapes, Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';

/** Shapes of a 3 x 3 convolution. */
export function convolutionShapes(name: string, inputs: number, outputs: number): ParameterShapes {
  return { [`${name}.weight`]: [outputs, inputs, 3, 3], [`${name}.bias`]: [outputs] };
}

/**
 * A convolution with stride 1 and zeros around the image, so that the size stays.
 * @param name prefix of `<name>.weight` [outputs, inputs, side, side] and `<name>.bias` [outputs]
 * @param x [batch, rows, columns, inputs]
 */
export function convolution(parameters: Parameters, name: string, x: Tensor4D): Tensor4D {
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const filter = tf.transpose(weight, [2, 3, 1, 0]);
  return tf.add(tf.conv2d(x, filter, 1, 'same'), parameter(parameters, `${name}.bias`));
}
