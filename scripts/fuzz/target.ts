import { createHash } from 'node:crypto';
import type { Random } from '../../src/base/random.js';
import type { Span } from './damage.js';

/** An input that is in order. */
export interface FuzzInput {
  readonly name: string;
  readonly bytes: Buffer;
  /** Parts that a checksum of the format watches: a flip there may not change the result without a word. */
  readonly sealed?: readonly Span[];
  /** Whether it is refused as it is: a seed of others by joining. */
  readonly isRefused?: boolean;
}

/** A kind of input, and what reads it. */
export interface FuzzTarget {
  readonly inputs: readonly FuzzInput[];
  /** Whether inputs are text, whose words and numbers are exchanged as well. */
  readonly isText?: boolean;
  /** Damages an input in a way of its own, once in a while. */
  readonly damage?: (input: FuzzInput, random: Random, other: FuzzInput) => Buffer;
  /**
   * Reads an input as users do.
   * @param random for choices that are not the input's, e.g. which window of an image is read
   * @returns what came of it, the same text for the same result
   * @throws UserError for what is refused; everything else is a finding
   */
  read(bytes: Buffer, input: FuzzInput, random: Random): Promise<string>;
  /** Whether a result may stand for that of the undamaged input. By default only the same. */
  readonly isWithin?: (whole: string, found: string) => boolean;
  close?(): Promise<void>;
}

/** Makes a kind of input ready. @param folder an empty one, for files */
export type OpenTarget = (folder: string) => Promise<FuzzTarget>;

/** All bytes of an input. */
export function all(bytes: Uint8Array): Span[] {
  return [[0, bytes.length]];
}

/** A digest of arrays and values, in their order. */
export function digest(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    else hash.update(JSON.stringify(part, sortedArrays) ?? 'undefined');
  }
  return hash.digest('hex').slice(0, 16);
}

function sortedArrays(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? [...(value as Uint8Array)] : value;
}
