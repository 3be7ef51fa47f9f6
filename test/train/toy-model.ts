import '@tensorflow/tfjs';
import type { ImageModel } from '../../models/image-model.js';
import { normal, randomStream } from '../../src/base/random.js';
import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import type { Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { classificationObjective } from '../../src/train/classification/objective.js';

export const toyClasses = 3;
const features = 3 * 2 * 2;

/** The smallest image model with two layers: images of 2 x 2 pixels, a hidden layer, a head. */
export const toyModel: ImageModel<null> = {
  config: null,
  stride: 1,
  parameterShapes: {
    'hidden.weight': [8, features],
    'norm.bias': [8],
    'head.weight': [toyClasses, 8],
    'head.bias': [toyClasses],
  },
  forward(parameters, image) {
    const planes = image as Tensor4D;
    const flat = tf.reshape(planes, [planes.shape[0], features]);
    const hidden = tf.tanh(
      tf.add(tf.matMul(flat, parameters['hidden.weight']!, false, true), parameters['norm.bias']!),
    );
    const logits = tf.add(
      tf.matMul(hidden, parameters['head.weight']!, false, true),
      parameters['head.bias']!,
    );
    return { logits, features: hidden, pyramid: [] };
  },
};

export const toyObjective = classificationObjective(toyModel, toyClasses);

/** Normally distributed weights for the toy model. */
export function toyWeights(seed: number): NamedArrays {
  const random = randomStream(seed);
  const entries = Object.entries(toyModel.parameterShapes).map(([name, shape]) => {
    const length = shape.reduce((product, side) => product * side, 1);
    return [name, { shape, data: Float32Array.from({ length }, () => 0.3 * normal(random)) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Random images with targets that the image's first value decides. */
export function toyBatch(seed: number, size: number) {
  const random = randomStream(seed);
  const image = Float32Array.from({ length: size * features }, () => normal(random));
  const target = new Float32Array(size * toyClasses);
  for (let row = 0; row < size; row++) {
    const value = image[row * features]!;
    target[row * toyClasses + (value < -0.4 ? 0 : value < 0.4 ? 1 : 2)] = 1;
  }
  return { size, image, targets: { target } };
}
