import type { KeyLimits } from '../../../server/access/key-ring.js';

export interface ServeKeyFlags extends KeyLimits {
  readonly file?: string;
  readonly admin?: boolean;
  readonly renew?: boolean;
}
