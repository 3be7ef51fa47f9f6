import type { Response } from 'express';
import { keyHolderOf } from './guards.js';
import type { KeyLimits } from './key-ring.js';

/** Who sends a request. */
export interface Caller {
  /** Of the key; absent where none is asked for. */
  readonly name?: string;
  /** Of the key; what it sends belongs to that. */
  readonly id?: string;
  /** Whether all jobs are the caller's to see, as an operator's are. */
  readonly isAdmin: boolean;
  readonly limits?: KeyLimits;
}

export function callerOf(response: Response): Caller {
  const holder = keyHolderOf(response);
  return { name: holder?.name, id: holder?.id, isAdmin: holder?.isAdmin ?? false, limits: holder?.limits };
}

/**
 * Whether something is a caller's to see and change.
 * @param owner id of the key it came with; absent where it came without one
 */
export function owns({ id, isAdmin }: Caller, owner: string | undefined): boolean {
  return isAdmin || id === owner;
}
