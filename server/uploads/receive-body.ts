import type { Request, Response } from 'express';
import { ProblemError } from '../problem.js';
import type { Coding } from './inflate.js';
import { codings, inflater } from './inflate.js';

export interface BodyLimits {
  readonly bytes: number;
  /** Longest pause between two pieces. */
  readonly idleSeconds: number;
  /** From the first to the last byte. */
  readonly seconds: number;
}

/** Refuses what the headers of a request already show to be too much, before any of the body is read. */
export function checkBodyHeaders(request: Request, { bytes }: Pick<BodyLimits, 'bytes'>): void {
  codingOf(request);
  if (Number(request.get('content-length') ?? 0) > bytes) throw tooLarge(bytes);
}

/** How a body is compressed, if it is. @throws ProblemError 415 for ways that are not undone */
function codingOf(request: Request): Coding | undefined {
  const coding = request.get('content-encoding')?.trim().toLowerCase();
  if (!coding || coding === 'identity') return undefined;
  const known = codings.find((each) => each === coding);
  if (known) return known;
  const detail = `The body is compressed as "${coding.slice(0, 100)}". Send it as it is, or as gzip or deflate.`;
  throw new ProblemError(415, 'unsupported_type', detail);
}

function tooLarge(bytes: number): ProblemError {
  return new ProblemError(413, 'too_large', `The body is larger than the limit of ${bytes} bytes.`);
}

/**
 * Reads the body of a request piece by piece, at the pace at which the pieces are taken; a compressed one is decompressed, and
 * the limit holds for what comes of it.
 *
 * @param take is given each piece; while the promise that it may return is open, the client has to wait
 * @returns the number of bytes
 * @throws ProblemError 413 as soon as there are too many bytes, 408 when they come too slowly, 415 for a body
 *   compressed otherwise than by gzip or deflate, 400 for one that is damaged; the signal's reason when it aborts; whatever `take` throws. The rest of the body is then not read.
 */
export async function receiveBody(
  request: Request,
  response: Response,
  limits: BodyLimits,
  signal: AbortSignal,
  take: (piece: Buffer) => Promise<unknown> | undefined,
): Promise<number> {
  checkBodyHeaders(request, limits);
  const coding = codingOf(request);
  if (!coding) return receivePieces(request, response, limits, signal, take);
  let length = 0;
  const pieces = inflater(coding, limits.bytes, (piece) => {
    length += piece.length;
    return take(piece);
  });
  await receivePieces(request, response, limits, signal, (piece) => pieces.write(piece));
  await pieces.end();
  return length;
}

/** Receives a body as it comes. */
function receivePieces(
  request: Request,
  response: Response,
  limits: BodyLimits,
  signal: AbortSignal,
  take: (piece: Buffer) => Promise<unknown> | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = 0;
    let taking: Promise<unknown> | undefined;
    let idle: NodeJS.Timeout | undefined;

    const stop = () => {
      clearTimeout(idle);
      clearTimeout(overall);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      stop();
      request.pause();
      reject(error);
    };
    const watch = () => {
      clearTimeout(idle);
      idle = setTimeout(() => fail(tooSlow(limits.idleSeconds, 'went on')), 1000 * limits.idleSeconds);
    };
    const onData = (piece: Buffer) => {
      received += piece.length;
      if (received > limits.bytes) return fail(tooLarge(limits.bytes));
      watch();
      try {
        taking = take(piece);
      } catch (error) {
        return fail(error);
      }
      if (!taking) return;
      // The client is not to blame for the time it takes to store what it has sent.
      clearTimeout(idle);
      request.pause();
      taking.then(() => {
        watch();
        request.resume();
      }, fail);
    };
    const onEnd = () => {
      stop();
      Promise.resolve(taking).then(() => resolve(received), reject);
    };
    const onClose = () => fail(new ProblemError(499, 'client_closed', 'The client closed the connection.'));
    const onAbort = () => fail(signal.reason);
    const overall = setTimeout(() => fail(tooSlow(limits.seconds, 'ended')), 1000 * limits.seconds);

    if (signal.aborted) return fail(signal.reason);
    signal.addEventListener('abort', onAbort);
    request.on('end', onEnd).on('close', onClose).on('data', onData);
    watch();
    // A client that has asked whether to send the body at all is told so only now, its headers having been checked.
    if (request.headers.expect !== undefined) response.writeContinue();
  });
}

function tooSlow(seconds: number, what: string): ProblemError {
  return new ProblemError(
    408,
    'request_timeout',
    `The body should have ${what} within ${seconds} seconds, and did not.`,
  );
}
