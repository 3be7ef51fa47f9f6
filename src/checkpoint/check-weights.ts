import type { ParameterShapes } from '../../models/image-model.js';
import { UserError } from '../base/errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';

/** A message that lists hundreds of names helps nobody. */
const LISTED = 8;

function list(items: readonly string[]): string {
  const shown = items.slice(0, LISTED).join(', ');
  return items.length > LISTED ? `${shown} and ${items.length - LISTED} more` : shown;
}

/**
 * Checks that weights are exactly those of a model.
 * @param source the file or folder the weights come from, for the message
 * @throws UserError naming the tensors that are missing, unexpected or of a wrong shape
 */
export function checkWeights(weights: NamedArrays, shapes: ParameterShapes, source: string): void {
  const missing = Object.keys(shapes).filter((name) => !Object.hasOwn(weights, name));
  const unexpected = Object.keys(weights).filter((name) => !Object.hasOwn(shapes, name));
  const misshapen = Object.entries(shapes).flatMap(([name, shape]) => {
    const found = Object.hasOwn(weights, name) ? weights[name]!.shape : shape;
    return String(found) === String(shape) ? [] : [`${name} has shape [${found}] instead of [${shape}]`];
  });
  const complaints = [
    missing.length > 0 && `missing tensors: ${list(missing)}`,
    unexpected.length > 0 && `unexpected tensors: ${list(unexpected)}`,
    misshapen.length > 0 && `wrong shapes: ${list(misshapen)}`,
  ].filter((complaint) => complaint !== false);
  if (complaints.length > 0) {
    throw new UserError(`${source} does not fit the architecture: ${complaints.join('; ')}`);
  }
}
