import type { Tensor } from '../src/tensor/tensor.js';
import type { Parameters } from './image-model.js';

/** The weight of that name. @throws Error naming it when it is not there */
export function parameter<T extends Tensor = Tensor>(parameters: Parameters, name: string): T {
  const value = parameters[name];
  if (!value) throw new Error(`The model has no weight named ${name}.`);
  return value as T;
}

/** The weight of that name where the model has one. */
export function optionalParameter<T extends Tensor = Tensor>(
  parameters: Parameters,
  name: string,
): T | undefined {
  return parameters[name] as T | undefined;
}
