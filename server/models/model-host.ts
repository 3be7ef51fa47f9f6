import type { Transferable } from 'node:worker_threads';
import { RequestThread, ThreadEndedError } from '../../src/base/threads/request-thread.js';
import { unlessAborted } from '../../src/base/unless-aborted.js';
import { ProblemError } from '../problem.js';
import type { ImageRequest, ModelReply, ModelRequest, ModelSettings } from './model-messages.js';
import type { ModelInfo } from './served-model.js';

type Thread = RequestThread<ModelRequest, ModelReply>;

/**
 * Keeps a model in a thread of its own. Should the thread end, its requests are answered with 503, and the next one
 * starts another.
 */
export class ModelHost {
  readonly info: ModelInfo;
  readonly #settings: ModelSettings;
  #thread: Promise<Thread>;
  #calls = 0;
  #isClosed = false;

  private constructor(info: ModelInfo, thread: Thread, settings: ModelSettings) {
    this.info = info;
    this.#thread = Promise.resolve(thread);
    this.#settings = settings;
  }

  /**
   * Loads a model.
   * @throws UserError as `loadModel` does
   */
  static async load(settings: ModelSettings): Promise<ModelHost> {
    const { thread, info } = await startThread(settings);
    return new ModelHost(info, thread, settings);
  }

  async warm(): Promise<void> {
    await (await this.#running()).ask({ kind: 'warm' });
  }

  /**
   * Has the thread work on an image, whose memory moves there.
   * @throws ProblemError 503 when the thread ends meanwhile or cannot be started; the signal's reason when it aborts
   */
  async ask(request: ImageRequest, signal: AbortSignal): Promise<ModelReply> {
    signal.throwIfAborted();
    const thread = await this.#running();
    const call = this.#calls++;
    const { image } = request;
    const transfer: Transferable[] = ['bytes' in image ? image.bytes.buffer : image.data.buffer];
    const cancel = () => {
      thread.ask({ kind: 'cancel', call }).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await unlessAborted(thread.ask({ ...request, call }, transfer), signal);
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
