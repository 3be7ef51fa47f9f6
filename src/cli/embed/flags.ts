import type { ModelFlags } from '../model-options.js';

export interface EmbedFlags extends ModelFlags {
  readonly out: string;
  readonly patches?: boolean;
  readonly fullResolution?: boolean;
  readonly pixelsPerPass?: number;
  readonly pixelLimit?: number;
}
