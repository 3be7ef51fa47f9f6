import { UserError } from '../base/errors.js';

/** @throws UserError for an overlap that no two boxes can have: everything, or nothing, would be merged */
export function checkShare(name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new UserError(`${name} must be between 0 and 1, not ${value}.`, { status: 400 });
}
