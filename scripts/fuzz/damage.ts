import type { Random } from '../../src/base/random.js';
import { integer } from '../../src/base/random.js';

/** A part of an input: from the first byte to the one behind the last. */
export type Span = readonly [from: number, to: number];

/** Numbers that code is not made for. */
const oddNumbers = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const oddTexts = [
  '-1',
  '0',
  '1e999',
  '-1e-999',
  '0.5',
  '9007199254740993',
  '4294967296',
  'NaN',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '"__proto__"',
  '"constructor"',
  '\0',
  '\ufeff',
  '\u2028',
  '\ud800',
  '../../x',
  '%00',
  '%ff',
  '<!DOCTYPE a [<!ENTITY b "c">]>&b;',
  '&#x0;',
  '*a',
  '!!binary ""',
  '\r\n\r\n',
];

/** Turns a few bits of a span around. The length stays, and so does everything outside. */
export function flip(bytes: Buffer, random: Random, [from, to]: Span = [0, bytes.length]): Buffer {
  const flipped = Buffer.from(bytes);
  if (to <= from) return flipped;
  for (let count = 1 + integer(random, 3); count > 0; count--) {
    flipped[from + integer(random, to - from)]! ^= 1 << integer(random, 8);
  }
  // Two flips of one bit are none.
  if (flipped.equals(bytes)) flipped[from]! ^= 1;
  return flipped;
}

/** A beginning of the input. */
function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, integer(random, bytes.length));
}

/** The beginning of one input, and the end of another. */
function join(bytes: Buffer, random: Random, other: Buffer): Buffer {
  const at = integer(random, bytes.length + 1);
  const from = random() < 0.5 ? Math.min(at, other.length) : integer(random, other.length + 1);
  return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
}

/** A number of one, two or four bytes, of either order, in place of what is there. */
function putNumber(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  const width = [1, 2, 4][integer(random, 3)]!;
  if (changed.length < width) return changed;
  const at = integer(random, changed.length - width + 1);
  const value = oddNumbers[integer(random, oddNumbers.length)]! % 2 ** (8 * width);
  if (random() < 0.5) changed.writeUIntLE(value, at, width);
  else changed.writeUIntBE(value, at, width);
  return changed;
}

/** A span left out, written twice, or all zeros. */
function changeSpan(bytes: Buffer, random: Random): Buffer {
  const from = integer(random, bytes.length + 1);
  const to = Math.min(bytes.length, from + 1 + integer(random, 2 ** integer(random, 12)));
  const [before, span, behind] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  const what = integer(random, 3);
  if (what === 0) return Buffer.concat([before, behind]);
  if (what === 1) return Buffer.concat([before, span, span, behind]);
  return Buffer.concat([before, Buffer.alloc(span.length), behind]);
}

/** Bytes that were never in it, put in between. */
function insert(bytes: Buffer, random: Random): Buffer {
  const at = integer(random, bytes.length + 1);
  const length = 1 + integer(random, 40);
  const inserted = Buffer.from(Array.from({ length }, () => integer(random, 256)));
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

/** A word, number or sign of a text replaced by another, moved, or grown. */
function changeToken(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('utf8');
  const tokens = [...text.matchAll(/[\w.+-]+|[^\w\s]/g)];
  if (tokens.length === 0) return Buffer.from(oddTexts[integer(random, oddTexts.length)]!);
  const { 0: token, index } = tokens[integer(random, tokens.length)]!;
  const another = tokens[integer(random, tokens.length)]![0];
  const grown = random() < 0.5 ? token.repeat(1 + integer(random, 2000)) : '['.repeat(20_000);
  const choices = [
    oddTexts[integer(random, oddTexts.length)]!,
    another,
    '',
    token + another,
    `-${token}`,
    grown,
  ];
  const put = choices[integer(random, choices.length)]!;
  return Buffer.from(text.slice(0, index) + put + text.slice(index + token.length));
}

const binaryDamages = [flip, cut, join, putNumber, changeSpan, insert];
const textDamages = [...binaryDamages, changeToken, changeToken, changeToken, changeToken];

/**
 * Damages an input in one to three ways, drawn.
 * @param other of the same kind, to be joined with
 */
export function damage(bytes: Buffer, random: Random, other: Buffer, isText: boolean): Buffer {
  const ways = isText ? textDamages : binaryDamages;
  let damaged = bytes;
  for (let rounds = 1 + integer(random, 3) * integer(random, 2); rounds > 0; rounds--) {
    const way = ways[integer(random, ways.length)]!;
    damaged = way === join ? join(damaged, random, other) : (way as typeof cut)(damaged, random);
  }
  return damaged;
}
