import type { Activation } from '../../models/vil-parts.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { TensorTaker } from './tensor-taker.js';
import type { TransformerFacts } from './transformer-facts.js';
import type { Family } from './transformer-family.js';
import type { NamedTransformer } from './transformer-names.js';
import { zeros } from './transformer-names.js';

/** What a checkpoint is read with. */
export interface Reading {
  readonly taker: TensorTaker;
  readonly named: NamedTransformer;
  readonly family: Family;
  readonly facts: TransformerFacts;
  readonly source: string;
}

/** What a family's MLPs do where no file says it. */
export function activationOf({ activation = 'gelu' }: Family, facts: TransformerFacts): Activation {
  return facts.activation ?? (typeof activation === 'function' ? activation(facts) : activation);
}

/** The first few of some names. */
export function summary(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** A norm under another name; its bias is zeros where it has none, and nothing where there is no such norm. */
export function normWeights(taker: TensorTaker, name: string, to: string): NamedArrays {
  const weight = taker.optional(`${name}.weight`);
  if (!weight) return {};
  return {
    [`${to}.weight`]: weight,
    [`${to}.bias`]: taker.optional(`${name}.bias`) ?? zeros(weight.data.length),
  };
}
