import type { ModelFlags } from '../model-options.js';

export interface ClassifyFlags extends ModelFlags {
  readonly topK: number;
  readonly json?: boolean;
  readonly attention?: string;
  readonly fullResolution?: boolean;
  readonly pixelsPerPass?: number;
  readonly pixelLimit?: number;
}
