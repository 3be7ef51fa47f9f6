import { UserError } from '../../base/errors.js';
import type { DetectorTraits } from '../detector.js';

/**
 * Whether a first look decides which windows of a scene are looked at: false, as without one; true, from the score that the
 * detector's own settings name; or from another score, 0 to 1.
 */
export type FirstLookChoice = boolean | number;

/**
 * The score from which a place is looked at in full; undefined where all of the scene is.
 * @throws UserError when the detector has no first look, or the score is none
 */
export function firstLookScore(
  choice: FirstLookChoice | undefined,
  { firstLook }: Pick<DetectorTraits, 'firstLook'>,
): number | undefined {
  if (choice === undefined || choice === false) return undefined;
  if (firstLook === undefined) {
    throw new UserError(
      'This detector comes without a first look, and looks at all of a scene: set the first look to off.',
      { status: 400 },
    );
  }
  if (choice === true) return firstLook;
  if (choice >= 0 && choice <= 1) return choice;
  throw new UserError(`A first look takes a score from 0 to 1, not ${choice}.`, { status: 400 });
}
