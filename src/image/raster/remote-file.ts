import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors.js';

/** What a first request says about a file behind an HTTP server. */
export interface RemoteFile {
  /** The first bytes of the file. */
  readonly start: Uint8Array;
  /** Bytes of the file; Infinity where the server does not say. */
  readonly size: number;
  readonly fingerprint: string;
}

/** Milliseconds that a server may take to answer at all. */
const answerMilliseconds = 30_000;

/**
 * Asks a server for the first bytes of a file.
 * @throws UserError when it cannot be reached, refuses, or sends whole files only: a scene would be downloaded in full
 *   for every piece
 */
export async function askRemoteFile(url: string): Promise<RemoteFile> {
  const signal = AbortSignal.timeout(answerMilliseconds);
  const response = await fetch(url, { headers: { Range: 'bytes=0-65535' }, signal }).catch(
    (cause: unknown) => {
      const inner =
        cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      const reason = signal.aborted ? `no answer within ${answerMilliseconds / 1000} s` : inner;
      throw new UserError(`cannot reach ${url}: ${reason}`, { cause });
    },
  );
  if (!response.ok)
    throw new UserError(`cannot read ${url}: the server answers ${response.status} ${response.statusText}.`);
  if (response.status !== 206) {
    await response.body?.cancel();
    throw new UserError(
      `${url}: the server does not answer range requests, so pieces cannot be read. Download the file.`,
    );
  }
  const start = new Uint8Array(await response.arrayBuffer());
  const hash = createHash('sha256').update(start);
  for (const header of ['etag', 'last-modified', 'content-range'])
    hash.update(`${response.headers.get(header)}\n`);
  const [, total] = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  return { start, size: total === undefined ? Infinity : Number(total), fingerprint: hash.digest('hex') };
}
