import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { encodeModel } from '../onnx/encode-model.js';
import type { OnnxGraph } from '../onnx/model.js';
import { spawnWorker } from '../spawn-worker.js';
import type {
  NumberedReply,
  NumberedRequest,
  PlainTensors,
  StatefulRequest,
  StatefulWorkerData,
} from './stateful-messages.js';

interface Pending {
  readonly resolve: (tensors: PlainTensors) => void;
  readonly reject: (error: Error) => void;
}

/**
 * ONNX Runtime sessions in a thread that keeps named tensors between runs.
 *
 * A graph's inputs come from the call or from the store, and outputs declared as kept replace stored tensors: a
 * training step's weights never leave the thread. Requests are answered in order.
 */
export class StatefulSession {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #requests = 0;

  /** @param threads that ONNX Runtime computes on; by default one for each processor */
  constructor(threads = availableParallelism()) {
    const workerData: StatefulWorkerData = { threads };
    this.#worker = spawnWorker(new URL('./stateful-worker.js', import.meta.url), { workerData });
    this.#worker.on('message', (reply: NumberedReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that runs ONNX Runtime has ended')));
  }

  /** Puts tensors into the store. */
  async store(tensors: PlainTensors): Promise<void> {
    await this.#ask({ kind: 'store', tensors });
  }

  /** Copies of stored tensors. */
  read(names: readonly string[]): Promise<PlainTensors> {
    return this.#ask({ kind: 'read', names });
  }

  /**
   * Loads a graph under a name.
   * @param kept outputs that replace stored tensors, with the stored tensors' names
   */
  async open(name: string, graph: OnnxGraph, kept: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask({ kind: 'open', graph: name, model: encodeModel(graph), kept });
  }

  /** Runs a graph and returns the outputs that are not kept. */
  run(name: string, feeds: PlainTensors): Promise<PlainTensors> {
    return this.#ask({ kind: 'run', graph: name, feeds });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: StatefulRequest): Promise<PlainTensors> {
    const id = this.#requests++;
    const message: NumberedRequest = { id, request };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage(message);
    });
  }

  #settle(reply: NumberedReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(reply.error);
    else pending?.resolve(reply.tensors);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
