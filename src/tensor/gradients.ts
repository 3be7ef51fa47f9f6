import { optionalPackage } from '../base/optional-package.js';

/**
 * Makes tfjs's gradients known, which its umbrella package registers: needed by all that differentiates, not by inference.
 * @throws UserError when that package is not installed
 */
export async function loadGradients(): Promise<void> {
  await optionalPackage('@tensorflow/tfjs', 'Training', () => import('@tensorflow/tfjs'));
}
