import type { ModelFlags } from '../model-options.js';

export interface NearestFlags extends ModelFlags {
  readonly among: string;
  readonly top: number;
  readonly by: 'features' | 'class_token' | 'mean';
  readonly json?: boolean;
  readonly fullResolution?: boolean;
}
