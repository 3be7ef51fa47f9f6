import { UserError } from '../../src/base/errors.js';

/** Told what is wrong with one object, line or image that is left out. */
export type OnProblem = (problem: string) => void;

/**
 * Reads a part of a labelled set. Where there is somebody to tell, a part that is wrong is told and left out; else it is refused.
 * @returns undefined for a part that is left out
 * @throws UserError of `read` where there is nobody to tell
 */
export function readOrTell<Part>(read: () => Part, onProblem: OnProblem | undefined): Part | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError) || !onProblem) throw error;
    onProblem(error.message);
    return undefined;
  }
}
