import { UserError } from '../base/errors.js';
import { readSafetensors, toFloat32 } from '../checkpoint/safetensors.js';
import { attentionProblem } from './attention-problem.js';
import { modelProblem } from './model-problem.js';
import type { ReferenceProblem } from './problem.js';
import { ReferenceTensors } from './reference-tensors.js';

/**
 * Reads a file of reference outputs of the original code, of either layout.
 * @throws UserError naming the file, and the tensor or setting at fault, when it cannot be used
 */
export async function readReference(path: string): Promise<ReferenceProblem> {
  const { metadata, tensors } = await readSafetensors(path);
  const reference = new ReferenceTensors(path, toFloat32(tensors));
  if ('arch' in metadata) return modelProblem(path, metadata, reference);
  if ('window' in metadata) return attentionProblem(path, metadata, reference);
  throw new UserError(
    `${path}: the metadata have neither "arch" (a whole model) nor "window" (one attention layer); ` +
      'this is not a file of reference outputs',
  );
}
