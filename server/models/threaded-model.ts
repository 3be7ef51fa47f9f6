import type { Transferable } from 'node:worker_threads';
import { RequestThread, ThreadEndedError } from '../../src/base/threads/request-thread.js';
import { unlessAborted } from '../../src/base/unless-aborted.js';
import { ProblemError } from '../problem.js';
import type { ModelReply, ModelRequest, ModelSettings } from './model-messages.js';
import type {
  ClassifyAnswer,
  ClassifyRequest,
  DetectAnswer,
  DetectRequest,
  Image,
  ModelInfo,
  ServedModel,
} from './served-model.js';

type Thread = RequestThread<ModelRequest, ModelReply>;

/**
 * A model in a thread of its own. Should the thread end, its requests are answered with 503, and the next one starts
 * another.
 */
export class ThreadedModel implements ServedModel {
  readonly info: ModelInfo;
  readonly #settings: ModelSettings;
  readonly #onBatch: ((images: number) => void) | undefined;
  #thread: Promise<Thread>;
  #calls = 0;
  #isClosed = false;

  private constructor(
    info: ModelInfo,
    thread: Thread,
    settings: ModelSettings,
    onBatch?: (images: number) => void,
  ) {
    this.info = info;
    this.#thread = Promise.resolve(thread);
    this.#settings = settings;
    this.#onBatch = onBatch;
  }

  /**
   * Loads a model.
   * @param onBatch called with the number of images of each batch
   * @throws UserError as `loadModel` does
   */
  static async load(settings: ModelSettings, onBatch?: (images: number) => void): Promise<ThreadedModel> {
    const { thread, info } = await startThread(settings);
    return new ThreadedModel(info, thread, settings, onBatch);
  }

  async warm(): Promise<void> {
    await (await this.#running()).ask({ kind: 'warm' });
  }

  async classify(image: Image, request: ClassifyRequest, signal: AbortSignal): Promise<ClassifyAnswer> {
    const reply = await this.#ask((call) => ({ kind: 'classify', call, image, request }), image, signal);
    if (reply.kind !== 'classification') throw new Error(`a classification answered as ${reply.kind}`);
    for (const images of reply.batches) this.#onBatch?.(images);
    return reply.answer;
  }

  async detect(image: Image, request: DetectRequest, signal: AbortSignal): Promise<DetectAnswer> {
    const reply = await this.#ask((call) => ({ kind: 'detect', call, image, request }), image, signal);
    if (reply.kind !== 'detection') throw new Error(`a detection answered as ${reply.kind}`);
    return reply.answer;
  }

  async #ask(
    requestOf: (call: number) => ModelRequest,
    image: Image,
    signal: AbortSignal,
  ): Promise<ModelReply> {
    signal.throwIfAborted();
    const thread = await this.#running();
    const call = this.#calls++;
    const bytes = image instanceof Uint8Array ? image : image.data;
    const transfer: Transferable[] = [bytes.buffer];
    const cancel = () => {
      thread.ask({ kind: 'cancel', call }).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await unlessAborted(thread.ask(requestOf(call), transfer), signal);
    } catch (error) {
      throw error instanceof ThreadEndedError ? this.#unavailable(error) : error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async #running(): Promise<Thread> {
    if (this.#isClosed) throw new Error('the model is closed');
    const current = this.#thread;
    const thread = await current.catch(() => undefined);
    if (thread && !thread.hasEnded) return thread;
    // Others may have noticed at the same time; the first of them starts the thread that all will use.
    if (this.#thread === current)
      this.#thread = startThread(this.#settings).then((started) => started.thread);
    try {
      return await this.#thread;
    } catch (error) {
      // Say, its folder has gone: nothing that the client has done wrong.
      throw this.#unavailable(error);
    }
  }

  #unavailable(cause: unknown): ProblemError {
    const detail = `The model ${this.info.name} has to be started again. Try again.`;
    return new ProblemError(503, 'model_ended', detail, { cause });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = await this.#thread.catch(() => undefined);
    if (!thread) return;
    // Native code cannot be ended in the middle: the sessions have to be closed in order first.
    if (!thread.hasEnded) await thread.ask({ kind: 'close' }).catch(() => undefined);
    await thread.close();
  }
}

async function startThread(settings: ModelSettings): Promise<{ thread: Thread; info: ModelInfo }> {
  const thread: Thread = new RequestThread(new URL('./model-worker.js', import.meta.url));
  try {
    const reply = await thread.ask({ kind: 'load', settings });
    if (reply.kind !== 'info') throw new Error(`a load answered as ${reply.kind}`);
    return { thread, info: reply.info };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
