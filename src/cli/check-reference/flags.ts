import type { ReferenceEngineName } from '../../check-reference/check-reference.js';

export interface CheckReferenceFlags {
  readonly engine: ReferenceEngineName;
  readonly json?: boolean;
}
