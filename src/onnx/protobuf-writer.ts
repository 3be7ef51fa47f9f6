const textEncoder = new TextEncoder();

/** Wire types of the protocol buffers encoding that ONNX needs. */
const wire = { varint: 0, bytes: 2, fixed32: 5 } as const;

/**
 * Writes one protocol buffers message, field by field (https://protobuf.dev/programming-guides/encoding).
 *
 * ONNX needs four kinds of field, and writing these by hand spares the 300 KB of generated code a library
 * would bring. Everything is written in one buffer, nested messages too: a graph has some ten thousand small ones,
 * and a buffer for each took longer than recording the graph.
 */
export class ProtobufWriter {
  #buffer = new Uint8Array(2 ** 16);
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
    this.#reserve(4);
    new DataView(this.#buffer.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  text(field: number, value: string): this {
    this.#tag(field, wire.bytes);
    return this.#measured(() => {
      // UTF-8 takes at most three bytes for each unit of a string.
      this.#reserve(3 * value.length);
      this.#length += textEncoder.encodeInto(value, this.#buffer.subarray(this.#length)).written;
    });
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, wire.bytes);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A nested message, written by `fill`. */
  message(field: number, fill: (writer: ProtobufWriter) => void): this {
    this.#tag(field, wire.bytes);
    return this.#measured(() => fill(this));
  }

  /** The message as one array. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  /** What `write` adds, with its length in front, which takes one byte where it is below 128. */
  #measured(write: () => void): this {
    this.#reserve(1);
    const start = ++this.#length;
    write();
    const size = this.#length - start;
    if (size < 0x80) {
      this.#buffer[start - 1] = size;
      return this;
    }
    const more = varintBytes(size) - 1;
    this.#reserve(more);
    this.#buffer.copyWithin(start + more, start, this.#length);
    this.#length = start - 1;
    this.#varint(size);
    this.#length += size;
    return this;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number | bigint): this {
    this.#reserve(10);
    // Nearly all are sizes and small numbers, which need no 64-bit arithmetic.
    if (value >= 0 && value < 2 ** 31) {
      let small = Number(value);
      for (; small >= 0x80; small >>= 7) this.#buffer[this.#length++] = (small & 0x7f) | 0x80;
      this.#buffer[this.#length++] = small;
      return this;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#length++] = Number(rest);
    return this;
  }

  /** Makes room for so many more bytes. */
  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest /= 0x80) bytes++;
  return bytes;
}
