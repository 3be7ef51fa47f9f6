import type { Transform } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { ProblemError } from '../problem.js';

/** Content codings of a body that are undone. */
export const codings = ['gzip', 'x-gzip', 'deflate'] as const;
export type Coding = (typeof codings)[number];

/** Undoes the compression of a body, piece by piece. */
export interface Inflater {
  /** Settles when all that came of the piece has been taken. */
  write(piece: Uint8Array): Promise<void>;
  /** To be called after the last piece. */
  end(): Promise<void>;
}

/**
 * @param bytes that may come of the body: a few compressed ones can become any number
 * @param take is given what comes of the body, a piece after the other
 * @throws (both methods) ProblemError 413 as soon as it is more, 400 for what is not compressed so or cut short; what
 *   `take` throws
 */
export function inflater(
  coding: Coding,
  bytes: number,
  take: (piece: Buffer) => Promise<unknown> | undefined,
): Inflater {
  let stream: Transform | undefined;
  let emptied: Promise<void> = Promise.resolve();
  const open = (first: Uint8Array) => {
    const opened = streamFor(coding, first);
    emptied = emptyInto(opened, coding, bytes, take);
    // Looked at by whoever writes next.
    emptied.catch(() => undefined);
    return opened;
  };
  return {
    async write(piece) {
      if (piece.length === 0) return;
      stream ??= open(piece);
      const into = stream;
      const written = new Promise<void>((resolve) => into.write(piece, () => resolve()));
      // Should emptying end early, so does this: by what ended it.
      await Promise.race([written, emptied]);
    },
    async end() {
      stream?.end();
      await emptied;
    },
  };
}

/** `deflate` is the format of zlib (RFC 1950), but some send it bare. */
function streamFor(coding: Coding, [first = 0]: Uint8Array): Transform {
  if (coding !== 'deflate') return createGunzip();
  const isZlib = (first & 0x0f) === 8 && first >> 4 <= 7;
  return isZlib ? createInflate() : createInflateRaw();
}

async function emptyInto(
  stream: Transform,
  coding: Coding,
  bytes: number,
  take: (piece: Buffer) => Promise<unknown> | undefined,
): Promise<void> {
  let length = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > bytes) {
        const detail = `The body is larger than the limit of ${bytes} bytes once it is decompressed.`;
        throw new ProblemError(413, 'too_large', detail);
      }
      await take(piece);
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    const detail = `The body is said to be compressed (${coding}), but is damaged or cut short.`;
    throw new ProblemError(400, 'bad_request', detail, { cause: error });
  }
}

function isZlibError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^Z_/.test(code);
}
