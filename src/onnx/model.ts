/** The parts of the ONNX model format (https://onnx.ai/onnx/repo-docs/IR.html) that recorded graphs use. */

/** Element types and their numbers in TensorProto.DataType. */
export const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** A dimension: its size, or a name where it is only known at run time. */
export type Dimension = number | string;

/** Name, element type and shape of a graph input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** Where the bytes of an initializer lie in a file beside the model. */
export interface ExternalLocation {
  /** File name, relative to the model. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A constant tensor, its bytes little-endian in the model itself or in an external file. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | ExternalLocation;
}

/**
 * Attribute values. ONNX tells integers from floats by the attribute's declared type, JavaScript does not, so
 * floats are wrapped.
 */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly body: LoopBody };
export type Attributes = Readonly<Record<string, Attribute>>;

/** What a Loop does in each iteration. Its nodes may use values of the graph around it. */
export interface LoopBody {
  /** Number of the iteration, an int64 scalar. */
  readonly iteration: string;
  /** Whether to go on, and whether to go on after this iteration: boolean scalars. */
  readonly condition: { readonly before: string; readonly after: string };
  /** Floats, which the Loop stacks with those of the other iterations along a new first axis. */
  readonly result: string;
  readonly nodes: readonly Node[];
}

export interface Node {
  readonly op: string;
  /** Operator set; empty for the standard one. */
  readonly domain: '' | 'com.microsoft';
  /** Names of values; an empty name omits an optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Initializer[];
  /** In an order in which every value is produced before it is used. */
  readonly nodes: readonly Node[];
}

/** All nodes of a graph, those of loops after the loop's own. */
export function allNodes(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...allNodes(loopBody(node)?.nodes ?? [])]);
}

export function loopBody(node: Node): LoopBody | undefined {
  const { body } = node.attributes;
  return typeof body === 'object' && 'body' in body ? body.body : undefined;
}
