import type { Random } from '../src/base/random.js';
import { normal, randomStream, StreamPurpose, uniform } from '../src/base/random.js';
import type { NamedArrays } from '../src/tensor/named-arrays.js';
import { elementCount } from '../src/tensor/named-arrays.js';
import type { ImageModel, ParameterShapes } from './image-model.js';

// The original truncates at +-2, in absolute terms: a hundred deviations, which no draw reaches.
const STANDARD_DEVIATION = 0.02;

/**
 * Random weights to train from, as the original code of Vision Longformer and timm's ViT draw them: linear
 * weights, tokens, position and bias tables from a normal distribution of deviation 0.02; linear biases 0;
 * layer norms 1 and 0; convolutions as PyTorch's default (Kaiming-uniform with a = sqrt(5), which is +-1 /
 * sqrt(fan-in)).
 *
 * @param seed integer; the same seed gives the same weights on every machine
 */
export function initialWeights(model: ImageModel, seed: number): NamedArrays {
  const shapes = model.parameterShapes;
  const arrays = Object.keys(shapes).map((name, index) => {
    // A stream per tensor: its values do not depend on how many numbers the ones before it drew.
    const random = randomStream(seed, StreamPurpose.weights, index);
    const draw = drawFor(name, shapes, random);
    const shape = shapes[name]!;
    return [name, { shape, data: Float32Array.from({ length: elementCount(shape) }, draw) }] as const;
  });
  return Object.fromEntries(arrays);
}

/** The distribution of the elements of one tensor. */
function drawFor(name: string, shapes: ParameterShapes, random: Random): () => number {
  const isBias = name.endsWith('.bias');
  const weightShape = isBias ? shapes[name.replace(/bias$/, 'weight')]! : shapes[name]!;
  if (weightShape.length === 4) {
    const bound = 1 / Math.sqrt(elementCount(weightShape.slice(1)));
    return () => uniform(random, -bound, bound);
  }
  if (isBias) return () => 0;
  const isNorm = weightShape.length === 1 && name.endsWith('.weight');
  return isNorm ? () => 1 : () => STANDARD_DEVIATION * normal(random);
}
