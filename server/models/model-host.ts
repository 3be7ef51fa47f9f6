import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessEndedError, RequestProcess } from '../../src/base/threads/request-process.js';
import { unlessAborted } from '../../src/base/unless-aborted.js';
import { ProblemError } from '../problem.js';
import type { ImageRequest, ModelReply, ModelRequest, ModelSettings } from './model-messages.js';
import type { MemoryUse, ModelInfo } from './served-model.js';

type Process = RequestProcess<ModelRequest, ModelReply>;

/**
 * Keeps a model in a process of its own. Should the process end, be it by a fault in native code, its requests are answered
 * with 503, and another is started at once.
 */
export class ModelHost {
  readonly info: ModelInfo;
  readonly #settings: ModelSettings;
  #process: Promise<Process>;
  #calls = 0;
  readonly #closing = new AbortController();

  private constructor(info: ModelInfo, process: Process, settings: ModelSettings) {
    this.info = info;
    this.#process = Promise.resolve(process);
    this.#settings = settings;
    this.#watch(process);
  }

  /**
   * Loads a model.
   * @throws UserError as `loadModel` does; the signal's reason when it aborts
   */
  static async load(settings: ModelSettings, signal?: AbortSignal): Promise<ModelHost> {
    const { process, info } = await startProcess(settings, signal);
    return new ModelHost(info, process, settings);
  }

  async warm(): Promise<void> {
    await (await this.#running()).ask({ kind: 'warm' });
  }

  async memory(): Promise<MemoryUse> {
    const reply = await (await this.#running()).ask({ kind: 'memory' });
    if (reply.kind !== 'memory') throw new Error(`a question for memory answered as ${reply.kind}`);
    return reply;
  }

  /**
   * Has the process work on an image.
   * @throws ProblemError 503 when the process ends meanwhile or cannot be started; the signal's reason when it aborts
   */
  async ask(request: ImageRequest, signal: AbortSignal): Promise<ModelReply> {
    signal.throwIfAborted();
    const running = await unlessAborted(this.#running(), signal);
    const call = this.#calls++;
    const cancel = () => {
      running.ask({ kind: 'cancel', call }).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await unlessAborted(running.ask({ ...request, call }), signal);
    } catch (error) {
      throw error instanceof ProcessEndedError ? this.#unavailable(error) : error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async #running(): Promise<Process> {
    if (this.#closing.signal.aborted) throw new Error('the model is closed');
    const current = this.#process;
    const running = await current.catch(() => undefined);
    if (running && !running.hasEnded) return running;
    // Others may have noticed at the same time; the first of them starts the process that all will use.
    if (this.#process === current) this.#restart();
    try {
      return await this.#process;
    } catch (error) {
      // Say, its folder has gone: nothing that the client has done wrong.
      throw this.#unavailable(error);
    }
  }

  #restart(): void {
    this.#process = startProcess(this.#settings, this.#closing.signal).then(({ process }) => {
      this.#watch(process);
      return process;
    });
    // Looked at by the next request.
    this.#process.catch(() => undefined);
  }

  /** Has another process take the place of one that ends, without waiting for a request. */
  #watch(process: Process): void {
    void process.ended.then(async () => {
      const current = this.#process;
      const isLast = (await current.catch(() => undefined)) === process;
      if (isLast && !this.#closing.signal.aborted && this.#process === current) this.#restart();
    });
  }

  #unavailable(cause: unknown): ProblemError {
    const detail = `The model ${this.info.name} has to be started again. Try again.`;
    return new ProblemError(503, 'model_ended', detail, { cause });
  }

  /** Ends the process, whatever it is at. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the model is closed'));
    const running = await this.#process.catch(() => undefined);
    await running?.kill();
  }
}

async function startProcess(
  settings: ModelSettings,
  signal?: AbortSignal,
): Promise<{ process: Process; info: ModelInfo }> {
  signal?.throwIfAborted();
  const temp = await mkdtemp(join(tmpdir(), 'vil-model-'));
  const process: Process = new RequestProcess(new URL('./model-process.js', import.meta.url));
  // What a process that was ended could not remove itself.
  void process.ended.then(() => rm(temp, { recursive: true, force: true })).catch(() => undefined);
  const stop = () => void process.kill();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const reply = await process.ask({ kind: 'load', settings: { ...settings, temp } });
    if (reply.kind !== 'info') throw new Error(`a load answered as ${reply.kind}`);
    return { process, info: reply.info };
  } catch (error) {
    await process.kill();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
