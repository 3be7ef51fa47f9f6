import sharp from 'sharp';
import type { ImageClassifier } from '../../src/classifier.js';
import { drawAttention } from '../../src/image/attention-overlay.js';
import type { ClassifyAnswer, ClassifyRequest, ModelInfo, ServedModel } from './served-model.js';

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
    image: Uint8Array,
    { topK, attention }: ClassifyRequest,
    signal: AbortSignal,
  ): Promise<ClassifyAnswer> {
    const { attention: map, ...answer } = await this.#classifier.classify(image, { topK, attention, signal });
    return map ? { ...answer, overlay: await drawAttention(image, map) } : answer;
  }

  close(): Promise<void> {
    return this.#classifier.close();
  }
}

function blankImage(): Promise<Buffer> {
  return sharp({ create: { width: 256, height: 256, channels: 3, background: 'grey' } })
    .png()
    .toBuffer();
}
