import { drawAttention } from '../../src/classify/attention-overlay.js';
import type { ImageClassifier } from '../../src/classify/classifier.js';
import { blankImage, encoded } from './encoded.js';
import type { ClassifyAnswer, ClassifyRequest, Image, ModelInfo, ServedModel } from './served-model.js';

/** A classifier in the thread that it is called from. */
export class LocalClassifier implements ServedModel {
  readonly info: ModelInfo;
  readonly #classifier: ImageClassifier;

  constructor(classifier: ImageClassifier, folder?: string) {
    const { name, labels, stride } = classifier;
    this.info = { name, task: 'classify', labels, stride, folder };
    this.#classifier = classifier;
  }

  async warm(): Promise<void> {
    await this.#classifier.classify(await blankImage());
  }

  async classify(
    image: Image,
    { topK, attention }: ClassifyRequest,
    signal: AbortSignal,
  ): Promise<ClassifyAnswer> {
    const bytes = await encoded(image);
    const { attention: map, ...answer } = await this.#classifier.classify(bytes, { topK, attention, signal });
    if (!map) return answer;
    const overlay = await drawAttention(bytes, map);
    return { ...answer, overlay: Uint8Array.from(overlay) };
  }

  async detect(): Promise<never> {
    throw new Error(`${this.info.name} is there to classify`);
  }

  close(): Promise<void> {
    return this.#classifier.close();
  }
}
