import type { ResultFormat } from './scene-formats.js';
import type { SceneOrder } from './scene-order.js';

/** What the thread of images is asked to make of the scene in a folder. */
export type ImageRequest =
  /** Writes its deep zoom tiles; answers with their bytes. */
  | { readonly kind: 'deep zoom'; readonly folder: string; readonly limit: number }
  /** A PNG of the whole scene as a square of `size` pixels. */
  | { readonly kind: 'view'; readonly folder: string; readonly size: number }
  /** A PNG of a classifier's attention, transparent where there was none. */
  | { readonly kind: 'heat'; readonly folder: string; readonly order: SceneOrder }
  | {
      readonly kind: 'result';
      readonly folder: string;
      readonly order: SceneOrder;
      readonly format: ResultFormat;
    };

export type ImageAnswer = string | Uint8Array | number;
