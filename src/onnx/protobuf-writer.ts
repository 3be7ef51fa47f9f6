const textEncoder = new TextEncoder();

/** Wire types of the protocol buffers encoding that ONNX needs. */
const wire = { varint: 0, bytes: 2, fixed32: 5 } as const;

/**
 * Writes one protocol buffers message, field by field (https://protobuf.dev/programming-guides/encoding).
 *
 * ONNX needs four kinds of field, and writing these by hand spares the 300 KB of generated code a library
 * would bring. Byte arrays are kept by reference until {@link finish}, so that large tensors are copied once.
 */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /**
   * A field of type int32, int64, enum or bool. Negative numbers take the ten bytes of their two's
   * complement.
   */
  integer(field: number, value: number | bigint): this {
    this.#tag(field, wire.varint);
    return this.#varint(value);
  }

  float(field: number, value: number): this {
    this.#tag(field, wire.fixed32);
    return this.#push(littleEndianFloat(value));
  }

  text(field: number, value: string): this {
    return this.bytes(field, textEncoder.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, wire.bytes);
    return this.#varint(value.length).#push(value);
  }

  /** A nested message, written by `fill`. */
  message(field: number, fill: (writer: ProtobufWriter) => void): this {
    const nested = new ProtobufWriter();
    fill(nested);
    this.#tag(field, wire.bytes);
    this.#varint(nested.#length);
    for (const chunk of nested.#chunks) this.#push(chunk);
    return this;
  }

  /** The message as one array. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      result.set(chunk, offset);
      offset += chunk.length;
    }
    return result;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number | bigint): this {
    // Nearly all are sizes and small numbers, which need no 64-bit arithmetic.
    if (value >= 0 && value < 0x80) return this.#push(Uint8Array.of(Number(value)));
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    return this.#push(Uint8Array.from(bytes));
  }

  #push(bytes: Uint8Array): this {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

function littleEndianFloat(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return new Uint8Array(view.buffer);
}
