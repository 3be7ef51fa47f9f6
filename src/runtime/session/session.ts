import { availableParallelism } from 'node:os';
import { RequestThread } from '../../base/threads/request-thread.js';
import type { Feeds, PlainTensors } from '../../tensor/plain-tensor.js';
import type { Device } from './device.js';
import type { SessionRequest } from './session-messages.js';

export interface SessionOptions {
  /** The bytes of an .onnx file, or its path. */
  readonly model: Uint8Array | string;
  /** Files that the model's weights lie in, by the names the model uses. Shared memory is not copied. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads that the CPU computes on; by default one for each processor. */
  readonly threads?: number;
  /**
   * Whether threads without work wait for some in a loop rather than asleep. Default true: it saves microseconds where
   * the processors have nothing else to do, and costs a great deal where they have.
   */
  readonly spin?: boolean;
}

/** An ONNX Runtime session in a worker thread: its `run` would block the event loop. */
export class Session {
  readonly #thread = new RequestThread<SessionRequest, PlainTensors>(
    new URL('./session-worker.js', import.meta.url),
  );

  /**
   * Starts a session and loads its model.
   * @throws UserError when the device is not available on this machine
   * @throws Error with ONNX Runtime's message when it refuses the model
   */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session();
    await session.load(options);
    return session;
  }

  /** Loads a model, as `open`. A session that was made earlier has started its thread in the meantime. */
  async load({
    model,
    externalData = {},
    device = 'cpu',
    threads = availableParallelism(),
    spin = true,
  }: SessionOptions): Promise<void> {
    try {
      await this.#thread.ask({ kind: 'load', model, externalData, device, threads, spin });
    } catch (error) {
      await this.#thread.close();
      throw error;
    }
  }

  /**
   * Runs the model; calls that overlap wait for each other.
   *
   * @param feeds the model's inputs by name
   * @param transfer buffers of `feeds` that the caller gives away, which spares a copy
   * @throws Error with ONNX Runtime's message when an input is missing or its shape is wrong
   */
  run(feeds: Feeds, transfer: readonly ArrayBuffer[] = []): Promise<PlainTensors> {
    return this.#thread.ask({ kind: 'run', feeds }, transfer);
  }

  /** True once the session is closed or its thread has crashed. */
  get hasEnded(): boolean {
    return this.#thread.hasEnded;
  }

  /** Frees the session after the runs already asked for. */
  async close(): Promise<void> {
    if (!this.hasEnded) await this.#thread.ask({ kind: 'release' });
    await this.#thread.close();
  }
}
