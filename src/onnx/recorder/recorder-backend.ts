import type { BackendValues, DataType, Tensor, TensorInfo } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../graph-builder.js';
import { recordConstant } from './constants.js';
import type { KnownValues, Recorded } from './recorder-kernel.js';

type DataId = object;

interface Entry {
  readonly value: Recorded;
  references: number;
}

/**
 * A tfjs backend that computes nothing: its tensors are names of values in the graph under construction.
 * Kernels are registered separately, in register.ts.
 */
export class RecorderBackend extends tf.KernelBackend {
  readonly #entries = new Map<DataId, Entry>();
  #graph: GraphBuilder | undefined;

  /** Directs everything recorded during `body` to `graph`. */
  recordTo<Result>(graph: GraphBuilder, body: () => Result): Result {
    if (this.#graph !== undefined) throw new Error('a recording is already under way');
    this.#graph = graph;
    try {
      return body();
    } finally {
      this.#graph = undefined;
    }
  }

  get graph(): GraphBuilder {
    if (this.#graph === undefined) throw new Error('tensors of the recorder exist only inside record()');
    return this.#graph;
  }

  /** The graph value behind a tensor. */
  recorded({
    dataId,
    shape,
    dtype,
  }: {
    dataId: DataId;
    shape: readonly number[];
    dtype: DataType;
  }): Recorded {
    const entry = this.#entries.get(dataId);
    if (entry === undefined) throw new Error('this tensor does not belong to the recording');
    return { ...entry.value, shape, dtype };
  }

  /** A new handle for a graph value. */
  register(value: Recorded): TensorInfo {
    const dataId = {};
    this.#entries.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /** A second handle for a tensor's value; tfjs clones tensors to keep them for the gradient. */
  share({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** A tensor that stands for a graph value. */
  tensor(value: Recorded): Tensor {
    const { dataId, shape, dtype } = this.register(value);
    return tf.engine().makeTensorFromDataId(dataId, shape, dtype, this);
  }

  override write(values: BackendValues | null, shape: number[], dtype: DataType): DataId {
    return this.register(recordConstant(this.graph, numbersOf(values, shape), shape, dtype)).dataId;
  }

  override readSync(dataId: DataId): KnownValues {
    const constant = this.#entries.get(dataId)?.value.constant;
    if (constant === undefined) {
      throw new Error(
        'the value of a tensor was asked for while recording, where only shapes are known; ' +
          'express the computation in tensor functions',
      );
    }
    return constant;
  }

  override async read(dataId: DataId): Promise<KnownValues> {
    return this.readSync(dataId);
  }

  override numDataIds(): number {
    return this.#entries.size;
  }

  override refCount(dataId: DataId): number {
    return this.#entries.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: DataId): void {
    const entry = this.#entries.get(dataId);
    if (entry) entry.references += 1;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (entry === undefined) return true;
    entry.references -= 1;
    if (!force && entry.references > 0) return false;
    this.#entries.delete(dataId);
    return true;
  }

  // tfjs moves a tensor here when it was made on another backend: it becomes a constant.
  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    references: number,
  ): void {
    this.#entries.set(dataId, {
      value: recordConstant(this.graph, numbersOf(values, shape), shape, dtype),
      references,
    });
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.#entries.clear();
  }
}

function numbersOf(values: BackendValues | null, shape: number[]): ArrayLike<number> {
  // Without values tfjs expects zeros. It passes strings as arrays of bytes, which typedValues refuses by
  // their dtype.
  return (values as ArrayLike<number> | null) ?? new Float32Array(tf.util.sizeFromShape(shape));
}
