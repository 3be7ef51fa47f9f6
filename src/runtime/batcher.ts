import type { EmbeddingResult, InferenceRequest, InferenceResult, TracedModel } from './traced-model.js';

export interface BatchingOptions {
  /** Most images of a batch. */
  readonly images: number;
  /** Longest time that the first image of a batch waits for others. */
  readonly milliseconds: number;
  /** Called with the number of images of each batch that is run. */
  readonly onBatch?: (images: number) => void;
}

/** Larger images are run alone: one keeps all processors busy, and several would only take more memory. */
const mostPixels = 2 ** 18;

type Batched = Pick<TracedModel, 'run' | 'close'> & Partial<Pick<TracedModel, 'embed'>>;

interface Waiting {
  readonly request: InferenceRequest;
  readonly resolve: (result: InferenceResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Puts images of one size that are asked for at about the same time together, and runs them at once. */
export class Batcher {
  readonly #model: Batched;
  readonly #options: BatchingOptions;
  /** By what a graph is traced for. */
  readonly #waiting = new Map<string, Waiting[]>();

  /** @param model takes batches of any size */
  constructor(model: Batched, options: BatchingOptions) {
    this.#model = model;
    this.#options = options;
  }

  run(request: InferenceRequest): Promise<InferenceResult> {
    const { batch, height, width, attention = false } = request;
    if (batch > 1 || height * width > mostPixels) return this.#model.run(request);
    const key = `${height} x ${width}${attention ? ' with attention' : ''}`;
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key) ?? [];
      waiting.push({ request, resolve, reject });
      if (waiting.length === 1) {
        this.#waiting.set(key, waiting);
        // Should the batch be full before, another may be waiting under the key by then.
        setTimeout(() => {
          if (this.#waiting.get(key) === waiting) this.#flush(key);
        }, this.#options.milliseconds);
      }
      if (waiting.length >= this.#options.images) this.#flush(key);
    });
  }

  /** As of the model; images are run one by one. */
  embed(request: Omit<InferenceRequest, 'batch'>): Promise<EmbeddingResult> {
    if (!this.#model.embed) throw new Error('the model has no embeddings');
    return this.#model.embed(request);
  }

  #flush(key: string): void {
    const waiting = this.#waiting.get(key)!;
    this.#waiting.delete(key);
    this.#options.onBatch?.(waiting.length);
    this.#model.run(together(waiting)).then(
      (result) => {
        for (const [index, { resolve }] of waiting.entries()) resolve(share(result, index, waiting.length));
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  /** Frees the model; what waits for its batch to fill up is run before. */
  async close(): Promise<void> {
    for (const key of [...this.#waiting.keys()]) this.#flush(key);
    await this.#model.close();
  }
}

function together(waiting: readonly Waiting[]): InferenceRequest {
  const [{ request }] = waiting as [Waiting, ...Waiting[]];
  if (waiting.length === 1) return request;
  const size = request.image.length;
  const image = new Float32Array(waiting.length * size);
  for (const [index, each] of waiting.entries()) image.set(each.request.image, index * size);
  return { ...request, image, batch: waiting.length };
}

/** What of a batch's result belongs to one of its images. */
function share(result: InferenceResult, index: number, count: number): InferenceResult {
  const part = (all: Float32Array) => {
    const size = all.length / count;
    return all.subarray(index * size, (index + 1) * size);
  };
  return {
    logits: part(result.logits),
    features: part(result.features),
    attention: result.attention && { ...result.attention, data: part(result.attention.data) },
  };
}
