import type { BackboneModel, ImageModel } from '../../models/image-model.js';
import type { ExternalLocation } from '../onnx/model.js';
import { withSymbolicBatch } from '../onnx/symbolic-batch.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { PlainTensors } from '../tensor/plain-tensor.js';
import type { GraphOptions } from './graph-sessions.js';
import { GraphSessions } from './graph-sessions.js';
import { graphTarget } from './session/device.js';
import { Session } from './session/session.js';
import { shareWeights } from './shared-weights.js';
import { traceEmbedding } from './trace-embedding.js';
import type { TracedGraph } from './trace-inference.js';
import { traceInference } from './trace-inference.js';

export interface TracedModelOptions extends GraphOptions {
  /** Image sizes whose sessions are kept. Default 4. */
  readonly cacheSize?: number;
  /** Pixels of all image sizes whose sessions are kept; a session's memory grows with them. Default 2^24. */
  readonly cachePixels?: number;
  /** Whether the images of a batch are run at once, rather than one after another. Default false. */
  readonly anyBatch?: boolean;
  /** A session without a model for the first graph, whose thread has been started before. */
  readonly session?: Session;
}

export interface InferenceRequest {
  /** [batch, 3, height, width], normalised. */
  readonly image: Float32Array;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Also return where the global tokens of the last stage that has some look. */
  readonly attention?: boolean;
}

export interface GlobalAttention {
  /** Softmax weights, [batch, heads, globals, globals + rows * columns]. */
  readonly data: Float32Array;
  readonly heads: number;
  readonly globals: number;
  /** The grid of local tokens. */
  readonly rows: number;
  readonly columns: number;
}

export interface InferenceResult {
  /** Class scores before softmax, [batch, classes]. */
  readonly logits: Float32Array;
  /** What the classifier sees, [batch, width of the last stage]. */
  readonly features: Float32Array;
  /** Absent where the model has no global tokens. */
  readonly attention?: GlobalAttention;
}

/** `Embedding` of one image. */
export interface EmbeddingResult {
  readonly features: Float32Array;
  /** Absent where the model has no class token. */
  readonly classToken?: Float32Array;
  readonly mean: Float32Array;
  /** Tokens of the patches, [rows, columns, width]. */
  readonly patches: {
    readonly data: Float32Array;
    readonly rows: number;
    readonly columns: number;
    readonly width: number;
  };
}

/** What can be run; without `embed` it only classifies. */
type RunnableModel = ImageModel & Partial<Pick<BackboneModel, 'embed'>>;

type AttentionGrid = TracedGraph['attentionGrid'];
type Locations = Readonly<Record<string, ExternalLocation>>;

/**
 * A model that runs in ONNX Runtime.
 *
 * Its forward pass is traced once for each image size, because attention windows depend on it; the sessions of the sizes
 * used last are kept, and share the weights.
 */
export class TracedModel {
  readonly #model: RunnableModel;
  readonly #options: TracedModelOptions;
  readonly #sessions: GraphSessions<AttentionGrid>;

  private constructor(model: RunnableModel, weights: NamedArrays, options: TracedModelOptions) {
    const { cacheSize = 4, cachePixels = 2 ** 24, device, threads, spin } = options;
    this.#model = model;
    this.#options = options;
    this.#sessions = new GraphSessions(
      'the model',
      shareWeights(model, weights),
      { entries: cacheSize, size: cachePixels },
      { device, threads, spin },
      options.session ?? new Session(),
    );
  }

  static async open(
    model: RunnableModel,
    weights: NamedArrays,
    options: TracedModelOptions = {},
  ): Promise<TracedModel> {
    return new TracedModel(model, weights, options);
  }

  /**
   * Runs the model. Unless `anyBatch` is set, images of a batch are run one after another: a large one keeps all
   * processors busy by itself, and memory stays that of one image.
   *
   * @throws UserError when the device is not available on this machine
   */
  async run({ image, batch, height, width, attention = false }: InferenceRequest): Promise<InferenceResult> {
    // A graph for any batch takes twice as long to record: it is made when there is more than one image, and once it is
    // there it does for one as well.
    const one = `${height} x ${width}${attention ? ' with attention' : ''}`;
    const any = `${one}, any batch`;
    const isTogether = this.#options.anyBatch === true && (batch > 1 || this.#sessions.keys.includes(any));
    const key = isTogether ? any : one;
    const trace = (locations: Locations) => this.#trace(locations, height, width, attention, isTogether);
    return this.#sessions.use(key, height * width, trace, async (session, attentionGrid) => {
      if (isTogether) {
        const outputs = await session.run({ image: { data: image, shape: [batch, 3, height, width] } });
        return joinResults([outputs], attentionGrid);
      }
      const size = 3 * height * width;
      const runs = Array.from({ length: batch }, (_, index) => {
        const data = image.slice(index * size, (index + 1) * size);
        return session.run({ image: { data, shape: [1, 3, height, width] } }, [data.buffer]);
      });
      return joinResults(await Promise.all(runs), attentionGrid);
    });
  }

  /**
   * What the model knows of one image.
   * @param image [3, height, width], normalised; its memory may be taken away
   * @throws UserError when the device is not available on this machine
   */
  async embed({ image, height, width }: Omit<InferenceRequest, 'batch'>): Promise<EmbeddingResult> {
    const { embed } = this.#model;
    if (!embed) throw new Error('the model has no embeddings');
    const model = { embed, parameterShapes: this.#model.parameterShapes };
    const target = graphTarget(this.#options.device, this.#options.threads);
    const trace = (locations: Locations) => {
      return { graph: traceEmbedding(model, locations, { height, width, ...target }), details: undefined };
    };
    const key = `${height} x ${width} embedding`;
    return this.#sessions.use(key, height * width, trace, async (session) => {
      const outputs = await session.run({ image: { data: image, shape: [1, 3, height, width] } });
      const { features, classToken, mean, patches } = outputs;
      const [, rows, columns, channels] = patches!.shape as [number, number, number, number];
      return {
        features: features!.data,
        classToken: classToken?.data,
        mean: mean!.data,
        patches: { data: patches!.data, rows, columns, width: channels },
      };
    });
  }

  /** Frees all sessions, after the requests under way. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  #trace(locations: Locations, height: number, width: number, attention: boolean, anyBatch: boolean) {
    const target = graphTarget(this.#options.device, this.#options.threads);
    let attentionGrid: AttentionGrid;
    const trace = (batch: number) => {
      const options = { batch, height, width, attention, ...target };
      const traced = traceInference(this.#model, locations, options);
      // The same for every batch.
      ({ attentionGrid } = traced);
      return traced.graph;
    };
    const graph = anyBatch ? withSymbolicBatch(trace) : trace(1);
    return { graph, details: attentionGrid };
  }
}

/** Puts the outputs of single images together as one batch. */
function joinResults(results: readonly PlainTensors[], attentionGrid: AttentionGrid): InferenceResult {
  const joined = (name: string) => concatenate(results.map((outputs) => outputs[name]!.data));
  const shape = results[0]?.attention?.shape;
  const attention = shape &&
    attentionGrid && {
      data: joined('attention'),
      heads: shape[1]!,
      globals: shape[2]!,
      ...attentionGrid,
    };
  return { logits: joined('logits'), features: joined('features'), attention };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
