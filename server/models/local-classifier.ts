import { drawAttention } from '../../src/classify/attention-overlay.js';
import type { ImageClassifier } from '../../src/classify/classifier.js';
import { blankImage, encoded } from './encoded.js';
import type {
  ClassifierInfo,
  ClassifyAnswer,
  ClassifyRequest,
  EmbedAnswer,
  EmbedRequest,
  Image,
  ModelCard,
  ServedClassifier,
} from './served-model.js';

/** A classifier in the thread that it is called from. */
export class LocalClassifier implements ServedClassifier {
  readonly info: ClassifierInfo;
  readonly #classifier: ImageClassifier;

  constructor(classifier: ImageClassifier, folder?: string, card?: ModelCard) {
    const { name, labels, stride } = classifier;
    this.info = { name, task: 'classify', labels, stride, folder, card };
    this.#classifier = classifier;
  }

  async warm(): Promise<void> {
    const { bytes } = await blankImage();
    if (this.info.labels.length === 0) await this.#classifier.embed(bytes);
    else await this.#classifier.classify(bytes);
  }

  async classify(
    image: Image,
    { topK, attention }: ClassifyRequest,
    signal: AbortSignal,
  ): Promise<ClassifyAnswer> {
    const { bytes, header } = await encoded(image);
    const options = { topK, attention, signal, header };
    const { attention: map, ...answer } = await this.#classifier.classify(bytes, options);
    if (!map) return answer;
    const overlay = await drawAttention(bytes, map);
    return { ...answer, overlay: Uint8Array.from(overlay) };
  }

  async embed(image: Image, { patches: isWanted }: EmbedRequest, signal: AbortSignal): Promise<EmbedAnswer> {
    const { bytes, header } = await encoded(image);
    const { patches, ...answer } = await this.#classifier.embed(bytes, { signal, header });
    const { cell: _cell, ...grid } = patches;
    return isWanted ? { ...answer, patches: grid } : answer;
  }

  close(): Promise<void> {
    return this.#classifier.close();
  }
}
