import type { CacheLimits } from '../base/resource-cache.js';
import { ResourceCache } from '../base/resource-cache.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { ExternalLocation, OnnxGraph } from '../onnx/model.js';
import type { Device } from './session/device.js';
import { Session } from './session/session.js';
import type { SharedWeights } from './shared-weights.js';
import { WEIGHTS_FILE } from './shared-weights.js';

/** Where and how graphs are run. */
export interface GraphOptions {
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads that the CPU computes on; by default one for each processor. */
  readonly threads?: number;
  /** As of `SessionOptions`. */
  readonly spin?: boolean;
}

/** A recorded graph, and what its user has to know beside it. */
export interface RecordedGraph<Details> {
  readonly graph: OnnxGraph;
  readonly details: Details;
}

interface OpenGraph<Details> {
  readonly session: Session;
  readonly details: Details;
}

/**
 * The graphs of one model in ONNX Runtime, which share its weights. Graphs have fixed sizes: each is recorded when it is
 * first asked for, and the sessions used last are kept.
 */
export class GraphSessions<Details> {
  readonly #name: string;
  readonly #weights: SharedWeights;
  readonly #options: GraphOptions;
  readonly #cache: ResourceCache<OpenGraph<Details>>;
  /** Started ahead of the first request: its thread loads ONNX Runtime while this one records the model. */
  #spare: Session | undefined;
  #isClosed = false;

  /**
   * @param name what is closed, for messages, e.g. 'the model'
   * @param spare a session without a model for the first graph
   */
  constructor(
    name: string,
    weights: SharedWeights,
    limits: CacheLimits,
    options: GraphOptions,
    spare?: Session,
  ) {
    this.#name = name;
    this.#weights = weights;
    this.#options = options;
    this.#spare = spare;
    this.#cache = new ResourceCache(limits, {
      close: ({ session }) => session.close(),
      hasEnded: ({ session }) => session.hasEnded,
    });
  }

  /** Keys of the sessions that are open. */
  get keys(): string[] {
    return this.#cache.keys;
  }

  /** @throws Error when it is closed: a session that is opened after that would never be */
  checkOpen(): void {
    if (this.#isClosed) throw new Error(`${this.#name} is closed`);
  }

  /**
   * Runs `work` on the session of that key.
   * @param record records its graph when there is none, given where the weights lie
   * @param size what the session counts for among the limits
   * @throws UserError when the device is not available on this machine
   */
  async use<Result>(
    key: string,
    size: number,
    record: (locations: Readonly<Record<string, ExternalLocation>>) => RecordedGraph<Details>,
    work: (session: Session, details: Details) => Promise<Result>,
  ): Promise<Result> {
    this.checkOpen();
    const open = () => this.#open(record);
    return this.#cache.use(key, open, ({ session, details }) => work(session, details), size);
  }

  /** Frees all sessions, after the requests under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#takeSpare()?.close();
    await this.#cache.clear();
  }

  async #open(
    record: (locations: Readonly<Record<string, ExternalLocation>>) => RecordedGraph<Details>,
  ): Promise<OpenGraph<Details>> {
    const session = this.#takeSpare() ?? new Session();
    try {
      const { graph, details } = record(this.#weights.locations);
      const externalData = { [WEIGHTS_FILE]: this.#weights.bytes };
      await session.load({ ...this.#options, model: encodeModel(graph), externalData });
      return { session, details };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  #takeSpare(): Session | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }
}
