import type { Tensor, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ParameterShapes, Parameters } from '../image-model.js';
import { parameter } from '../parameters.js';
import type { TransformerParts } from '../vil-parts.js';
import { activate } from './activation.js';
import { linearShapes } from './attention-shapes.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';

/** What the perceptrons of a model have in common. */
export type MlpForm = Pick<TransformerParts, 'activation' | 'gated' | 'hiddenNorm' | 'epsilon' | 'norm'>;
type MlpLayers = Partial<Pick<MlpForm, 'gated' | 'hiddenNorm'>>;

/** Shapes of the perceptron of a transformer block. */
export function mlpShapes(
  name: string,
  width: number,
  hidden: number,
  { gated = false, hiddenNorm = false }: MlpLayers = {},
): ParameterShapes {
  return {
    ...(gated && linearShapes(`${name}.gate`, hidden, width)),
    ...linearShapes(`${name}.fc1`, hidden, width),
    ...(hiddenNorm && { [`${name}.norm.weight`]: [hidden], [`${name}.norm.bias`]: [hidden] }),
    ...linearShapes(`${name}.fc2`, width, hidden),
  };
}

/** Kernel under which a backend may register the whole perceptron, without a gradient. */
export const Mlp = 'Mlp';

const usualForm: MlpForm = {
  activation: 'gelu',
  gated: false,
  hiddenNorm: false,
  epsilon: 1e-6,
  norm: 'layer',
};

/**
 * fc2(a(fc1(x))) with the activation a; where it is gated, fc2(a(gate(x)) fc1(x)). The hidden layer may have a norm.
 * @param name prefix of the weights' names, e.g. `layer1.2.mlp`
 */
export function mlp(parameters: Parameters, name: string, x: Tensor3D, form: MlpForm = usualForm): Tensor3D {
  if (tf.getKernel(Mlp, tf.getBackend()) !== undefined && !form.hiddenNorm) {
    return fusedMlp(parameters, name, x, form);
  }
  const first = linear(parameters, `${name}.fc1`, x);
  const hidden: Tensor3D = form.gated
    ? tf.mul(activate(form.activation, linear(parameters, `${name}.gate`, x)), first)
    : activate(form.activation, first);
  const normed = form.hiddenNorm ? layerNorm(parameters, `${name}.norm`, hidden, form) : hidden;
  return linear(parameters, `${name}.fc2`, normed);
}

function fusedMlp(
  parameters: Parameters,
  name: string,
  x: Tensor3D,
  { activation, gated }: MlpForm,
): Tensor3D {
  const layer = (suffix: string, number: string): Record<string, Tensor> => ({
    [`weight${number}`]: parameter(parameters, `${name}.${suffix}.weight`),
    [`bias${number}`]: parameter(parameters, `${name}.${suffix}.bias`),
  });
  const inputs = { x, ...layer('fc1', '1'), ...layer('fc2', '2'), ...(gated && layer('gate', 'Gate')) };
  return tf.engine().runKernel(Mlp, inputs, { activation }) as Tensor3D;
}
