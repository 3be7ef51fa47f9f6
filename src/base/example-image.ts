import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/** Path of the aerial photograph that comes with the package; its source is in examples/ATTRIBUTION.md. */
export function exampleImage(): string {
  return join(packageRoot(), 'examples', 'munich-avenue.jpg');
}
