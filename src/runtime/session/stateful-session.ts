import { availableParallelism } from 'node:os';
import { RequestThread } from '../../base/threads/request-thread.js';
import { encodeModel } from '../../onnx/encode-model.js';
import type { OnnxGraph } from '../../onnx/model.js';
import type { PlainTensors } from '../../tensor/plain-tensor.js';
import type { StatefulRequest, StatefulWorkerData } from './stateful-messages.js';

/**
 * ONNX Runtime sessions in a thread that keeps named tensors between runs.
 *
 * A graph's inputs come from the call or from the store, and outputs declared as kept replace stored tensors: a
 * training step's weights never leave the thread. Requests are answered in order.
 */
export class StatefulSession {
  readonly #thread: RequestThread<StatefulRequest, PlainTensors>;

  /** @param threads that ONNX Runtime computes on; by default one for each processor */
  constructor(threads = availableParallelism()) {
    const workerData: StatefulWorkerData = { threads };
    this.#thread = new RequestThread(new URL('./stateful-worker.js', import.meta.url), workerData);
  }

  /** Puts tensors into the store. */
  async store(tensors: PlainTensors): Promise<void> {
    await this.#thread.ask({ kind: 'store', tensors });
  }

  /** Copies of stored tensors. */
  read(names: readonly string[]): Promise<PlainTensors> {
    return this.#thread.ask({ kind: 'read', names });
  }

  /**
   * Loads a graph under a name.
   * @param kept outputs that replace stored tensors, with the stored tensors' names
   */
  async open(name: string, graph: OnnxGraph, kept: Readonly<Record<string, string>>): Promise<void> {
    await this.#thread.ask({ kind: 'open', graph: name, model: encodeModel(graph), kept });
  }

  /** Runs a graph and returns the outputs that are not kept. */
  run(name: string, feeds: PlainTensors): Promise<PlainTensors> {
    return this.#thread.ask({ kind: 'run', graph: name, feeds });
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }
}
