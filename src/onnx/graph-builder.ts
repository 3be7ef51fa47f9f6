import { createHash } from 'node:crypto';
import type {
  Attributes,
  Dimension,
  ElementType,
  ExternalLocation,
  Initializer,
  LoopBody,
  Node,
  OnnxGraph,
  ValueInfo,
} from './model.js';
import { allNodes } from './model.js';

export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface NodeOptions {
  readonly domain?: Node['domain'];
}

/** What a graph is to run on. */
export interface GraphTarget {
  /**
   * Whether kernels that go through a single image in strips may do so in a Loop: fewer nodes to load and
   * smaller strips, but not every runtime computes loops where it computes everything else. Default false.
   */
  readonly hasLoops?: boolean;
  /** Whether the graph is for ONNX Runtime alone, and may use its own operators. Default false: any server runs it. */
  readonly hasOwnOperators?: boolean;
  /**
   * Whether the batch is a list, of windows say, whose length is known at run time only: what is large is computed in strips of
   * it. Default false.
   */
  readonly isListed?: boolean;
  /** Threads of the processor that run the graph; default 4, where that is not known. */
  readonly threads?: number;
}

/** What most machines have at least: graphs for others to run are made for it. */
const USUAL_THREADS = 4;

/**
 * Collects the nodes of one ONNX graph. Values are known by their names, which the builder makes up.
 *
 * Identical constants are stored once. A node that repeats an earlier one (same operator, inputs and
 * attributes) yields the earlier one's outputs: gradients recompute much of what the forward pass has, and
 * all operators used are pure.
 */
export class GraphBuilder {
  /** Whether the runtime that the graph is made for runs loops well. */
  readonly hasLoops: boolean;
  /** Whether it is for ONNX Runtime alone. */
  readonly hasOwnOperators: boolean;
  /** Whether the batch is a list of unknown length. */
  readonly isListed: boolean;
  /** Threads that are to run the graph; what should stay in their caches is cut accordingly. */
  readonly threads: number;
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #constants = new Map<string, string>();
  readonly #nodes: Node[] = [];
  readonly #known = new Map<string, readonly string[]>();
  readonly #made = new Map<string, unknown>();
  /**
   * The loop that is being recorded: its nodes, and the names of values that change from iteration to
   * iteration.
   */
  #loop?: { readonly nodes: Node[]; readonly values: Set<string> };
  #count = 0;

  constructor({
    hasLoops = false,
    hasOwnOperators = false,
    isListed = false,
    threads = USUAL_THREADS,
  }: GraphTarget = {}) {
    this.hasLoops = hasLoops;
    this.hasOwnOperators = hasOwnOperators;
    this.isListed = isListed;
    this.threads = threads;
  }

  /** Declares a graph input; returns its name. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): string {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /** A constant whose bytes lie in an external file; returns its name. */
  external(name: string, type: ElementType, shape: readonly number[], location: ExternalLocation): string {
    this.#initializers.set(name, { name, type, shape, data: location });
    return name;
  }

  /**
   * A constant stored in the graph; returns its name. Booleans are given as a Uint8Array of zeros and ones.
   */
  constant(data: ConstantData, shape: readonly number[]): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const type = typeOf(data);
    const key = `${type} ${shape} ${createHash('sha1').update(bytes).digest('base64')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#name('constant');
    this.#constants.set(key, name);
    this.#initializers.set(name, { name, type, shape: [...shape], data: bytes.slice() });
    return name;
  }

  /** A constant vector of 64-bit integers, as shapes, axes and indices are given. */
  integers(values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** A constant float scalar. */
  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  /**
   * What was made for this key before, or what `make` makes now: large constants that several layers share,
   * for instance.
   */
  once<Value>(key: string, make: () => Value): Value {
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key) as Value;
  }

  /** Adds a node with one output; returns the output's name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): string {
    return this.nodes(op, inputs, 1, attributes, options)[0]!;
  }

  /** Adds a node with `count` outputs; returns their names. */
  nodes(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): readonly string[] {
    const domain = options.domain ?? '';
    const key = JSON.stringify([op, domain, inputs, attributes, count]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const outputs = Array.from({ length: count }, () => this.#name(op));
    this.#nodesFor(inputs, outputs).push({ op, domain, inputs: [...inputs], outputs, attributes });
    this.#known.set(key, outputs);
    return outputs;
  }

  /**
   * Adds a Loop, whose number of nodes does not depend on the number of iterations.
   *
   * @param iterations how many, or the name of an int64 scalar that says so
   * @param body adds the nodes of an iteration, given the name of its number, an int64 scalar from 0; returns
   *   its result, of floats. What does not depend on the number is computed once, before the loop.
   * @returns the results of all iterations, stacked along a new first axis
   * @throws Error within another loop
   */
  loop(iterations: number | string, body: (iteration: string) => string): string {
    if (this.#loop) throw new Error('A loop within a loop cannot be recorded.');
    const [iteration, before] = [this.#name('iteration'), this.#name('condition')];
    const nodes: Node[] = [];
    this.#loop = { nodes, values: new Set([iteration, before]) };
    let recorded: LoopBody;
    try {
      const after = this.node('Identity', [before]);
      recorded = { iteration, condition: { before, after }, result: body(iteration), nodes };
    } finally {
      this.#loop = undefined;
    }
    const count =
      typeof iterations === 'string' ? iterations : this.constant(BigInt64Array.of(BigInt(iterations)), []);
    return this.node('Loop', [count, ''], { body: { body: recorded } });
  }

  /** Declares a graph output called `name` that carries `value`. */
  output(name: string, value: string, type: ElementType, shape: readonly Dimension[]): void {
    // An Identity gives the value its public name; runtimes remove it.
    this.#nodes.push({ op: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
    this.#outputs.push({ name, type, shape });
  }

  /** The graph, without nodes and constants that no output depends on. */
  build(name: string): OnnxGraph {
    const needed = new Set(this.#outputs.map((output) => output.name));
    const nodes = this.#nodes.toReversed().filter((node) => {
      const isNeeded = node.outputs.some((output) => needed.has(output));
      if (isNeeded) for (const { inputs } of allNodes([node])) for (const input of inputs) needed.add(input);
      return isNeeded;
    });
    return {
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: [...this.#initializers.values()].filter((each) => needed.has(each.name)),
      nodes: nodes.reverse(),
    };
  }

  /** Where a node belongs: into the loop that is being recorded if it depends on the iteration. */
  #nodesFor(inputs: readonly string[], outputs: readonly string[]): Node[] {
    const loop = this.#loop;
    if (!loop || !inputs.some((input) => loop.values.has(input))) return this.#nodes;
    for (const output of outputs) loop.values.add(output);
    return loop.nodes;
  }

  #name(stem: string): string {
    this.#count += 1;
    return `${stem}_${this.#count}`;
  }
}

function typeOf(data: ConstantData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof BigInt64Array ? 'int64' : 'bool';
}
