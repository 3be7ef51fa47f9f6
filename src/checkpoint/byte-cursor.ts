import { UserError } from '../base/errors.js';

/** Reads numbers and texts one after another from bytes, little-endian unless said otherwise. */
export class ByteCursor {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly source: string;
  private position = 0;

  /** @param source what to call the bytes in messages */
  constructor(bytes: Uint8Array, source: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.source = source;
  }

  /** The next `length` bytes, not copied. @throws UserError when there are not so many */
  take(length: number): Uint8Array {
    const begin = this.advance(length);
    return this.bytes.subarray(begin, begin + length);
  }

  byte(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  /** A length of 64 bits; none that is beyond 2^53 fits the bytes. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true));
  }

  float64BigEndian(): number {
    return this.view.getFloat64(this.advance(8));
  }

  /** A signed integer of any length, as a number: exact up to 2^53. */
  bigInteger(length: number): number {
    const bytes = this.take(length);
    const magnitude = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    return Number(BigInt.asIntN(8 * length, magnitude));
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  /** Text up to the next line feed, which is skipped. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    const text = this.text((end < 0 ? this.bytes.length : end) - this.position);
    this.advance(1);
    return text;
  }

  private advance(length: number): number {
    const begin = this.position;
    if (begin + length > this.bytes.length) throw new UserError(`${this.source} is cut off or damaged`);
    this.position += length;
    return begin;
  }
}
