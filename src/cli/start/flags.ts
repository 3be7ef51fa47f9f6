import type { ModelFlags } from '../model-options.js';

export interface StartFlags extends ModelFlags {
  readonly port?: number;
}
