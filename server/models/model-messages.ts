import type { LoadOptions } from '../../src/detect/load.js';
import type {
  ClassifyAnswer,
  ClassifyRequest,
  DetectAnswer,
  DetectRequest,
  EmbedAnswer,
  EmbedRequest,
  Image,
  MemoryUse,
  ModelInfo,
} from './served-model.js';

/** How a model is loaded; plain data, as it goes to another process. */
export interface ModelSettings extends Pick<LoadOptions, 'device' | 'threads'> {
  /** Name of a model that comes with the package, or path of a model folder. */
  readonly model: string;
  /** Folder for files of a request; the system's by default. */
  readonly temp?: string;
  readonly batching?: { readonly images: number; readonly milliseconds: number };
}

/** Work on an image. */
export type ImageRequest =
  | { readonly kind: 'classify'; readonly image: Image; readonly request: ClassifyRequest }
  | { readonly kind: 'embed'; readonly image: Image; readonly request: EmbedRequest }
  | { readonly kind: 'detect'; readonly image: Image; readonly request: DetectRequest };

/** What the process of a model can be asked. `call` is a number that `cancel` refers to. */
export type ModelRequest =
  | { readonly kind: 'load'; readonly settings: ModelSettings }
  | { readonly kind: 'warm' }
  | (ImageRequest & { readonly call: number })
  | { readonly kind: 'cancel'; readonly call: number }
  | { readonly kind: 'memory' };

export type ModelReply =
  | { readonly kind: 'info'; readonly info: ModelInfo }
  | { readonly kind: 'classification'; readonly answer: ClassifyAnswer; readonly batches: readonly number[] }
  | { readonly kind: 'embedding'; readonly answer: EmbedAnswer }
  | { readonly kind: 'detection'; readonly answer: DetectAnswer }
  | ({ readonly kind: 'memory' } & MemoryUse)
  | { readonly kind: 'done' };
