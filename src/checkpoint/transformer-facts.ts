import type { Activation } from '../../models/vil-parts.js';

/** What tensors do not show of a transformer, as the files beside them say it; absent where they do not. */
export interface TransformerFacts {
  readonly heads?: number;
  /** Height and width in pixels that it was made for. */
  readonly imageSize?: readonly [number, number];
  readonly activation?: Activation;
  /** Of its norms. */
  readonly epsilon?: number;
  /** timm's name of the architecture. */
  readonly architecture?: string;
  /** transformers' name of the kind of model. */
  readonly modelType?: string;
  /** Classes of transformers that the file was saved from. */
  readonly classNames?: readonly string[];
  /** timm's name of what the classifier sees; '' for none. */
  readonly globalPool?: string;
  readonly ropeBase?: number;
  readonly hasClassifier?: boolean;
}
