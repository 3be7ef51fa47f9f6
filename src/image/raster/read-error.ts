import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';

/** Turns what a reader of TIFF files stumbles over into an error that names the file. */
export function rasterError(name: string, cause: unknown): unknown {
  if (cause instanceof UserError) return cause;
  const explained = explainFileError(cause, 'read', name);
  if (explained instanceof UserError) return explained;
  if (cause instanceof Error && cause.name === 'AbortError') return cause;
  const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  return new UserError(`${name} cannot be read: it is damaged, cut short or out of reach (${reason}).`, {
    cause,
  });
}
