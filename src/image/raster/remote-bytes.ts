import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors.js';
import type { ByteSource } from './byte-source.js';
import type { HttpPatience, RangeAnswer } from './http-range.js';
import { requestRange, usualPatience } from './http-range.js';

/** Bytes that are asked for in the beginning: the tags of most files. */
const startBytes = 2 ** 16;

/**
 * Opens a file behind an HTTP server that answers range requests (RFC 9110, section 14).
 * @throws UserError when it cannot be reached, refuses, or sends whole files only: a scene would be downloaded in full for
 *   every piece
 */
export async function openRemoteBytes(
  url: string,
  patience: HttpPatience = usualPatience,
): Promise<RemoteBytes> {
  const answer = await requestRange(url, { range: `bytes=0-${startBytes - 1}` }, patience);
  if (answer.status >= 200 && answer.status < 300 && answer.status !== 206) {
    throw new UserError(
      `${url}: the server does not answer range requests, so pieces cannot be read. Download the file.`,
    );
  }
  if (answer.status !== 206) throw refusal(url, answer.status);
  const { size } = checkRange(url, answer, 0, startBytes);
  return new RemoteBytes(url, answer, size, patience);
}

/**
 * Opens a file beside another one, which need not be there. Servers say so in different ways: that it is not found, or, of what may
 * not be listed, that it is forbidden.
 * @returns undefined where the server has no such file, or does not answer range requests for it
 * @throws UserError when it cannot be reached, or goes on failing
 */
export async function openRemoteIfThere(
  url: string,
  patience: HttpPatience = usualPatience,
): Promise<RemoteBytes | undefined> {
  const answer = await requestRange(url, { range: `bytes=0-${startBytes - 1}` }, patience);
  if (answer.status !== 206) return undefined;
  return new RemoteBytes(url, answer, checkRange(url, answer, 0, startBytes).size, patience);
}

/** A file behind a server: every answer is checked to be the piece that was asked for, of the file that was opened. */
export class RemoteBytes implements ByteSource {
  readonly size: number;
  /** The first bytes of the file. */
  readonly start: Uint8Array<ArrayBuffer>;
  /** Changes when the file changes. */
  readonly fingerprint: string;
  readonly #url: string;
  readonly #patience: HttpPatience;
  /** What the server said in the beginning: of other files it says something else. */
  readonly #etag: string | null;
  readonly #modified: string | null;

  constructor(url: string, { headers, body }: RangeAnswer, size: number, patience: HttpPatience) {
    this.#url = url;
    this.#patience = { ...patience, isKnown: true };
    this.size = size;
    this.start = body;
    this.#etag = headers.get('etag');
    this.#modified = headers.get('last-modified');
    const hash = createHash('sha256').update(body);
    for (const header of ['etag', 'last-modified', 'content-range']) hash.update(`${headers.get(header)}\n`);
    this.fingerprint = hash.digest('hex');
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted === 0) return new Uint8Array();
    if (offset + wanted <= this.start.length) return this.start.slice(offset, offset + wanted);
    const range = `bytes=${offset}-${offset + wanted - 1}`;
    const answer = await requestRange(this.#url, { range, ...this.#condition() }, this.#patience);
    if (answer.status === 412 || answer.status === 416 || !this.#isSame(answer.headers))
      throw this.#replaced();
    if (answer.status !== 206) throw refusal(this.#url, answer.status);
    const { size, bytes } = checkRange(this.#url, answer, offset, wanted);
    if (size !== this.size && size !== Infinity && this.size !== Infinity) throw this.#replaced();
    return bytes;
  }

  async close(): Promise<void> {}

  /** RFC 9110, section 13.1: weak tags do not go with If-Match. */
  #condition(): Record<string, string> {
    if (this.#etag !== null && !this.#etag.startsWith('W/')) return { 'if-match': this.#etag };
    return this.#modified === null ? {} : { 'if-unmodified-since': this.#modified };
  }

  /** Not every server looks at conditions. */
  #isSame(headers: Headers): boolean {
    const [etag, modified] = [headers.get('etag'), headers.get('last-modified')];
    if (etag !== null && this.#etag !== null) return etag === this.#etag;
    return modified === null || this.#modified === null || modified === this.#modified;
  }

  #replaced(): UserError {
    return new UserError(
      `${this.#url} cannot be read to its end: it was replaced by another file while it was read. Start again; what was found in ` +
        'the first one does not count.',
    );
  }
}

/**
 * Checks that an answer is the range that was asked for: a cache may give another one, and says so only in its header.
 * @returns the bytes, and how many the file has
 */
function checkRange(
  url: string,
  { headers, body }: RangeAnswer,
  offset: number,
  length: number,
): { size: number; bytes: Uint8Array<ArrayBuffer> } {
  const said = headers.get('content-range') ?? '';
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(said.trim()) ?? [];
  const size = total === undefined || total === '*' ? Infinity : Number(total);
  const end = Math.min(offset + length, size);
  const isAsked = Number(first) === offset && Number(last) + 1 === end;
  // What is larger than the file says nothing of its size ends where it ends.
  const isShort = size === Infinity && Number(first) === offset && Number(last) + 1 <= end;
  if ((isAsked || isShort) && body.length === Number(last) + 1 - offset) return { size, bytes: body };
  throw new UserError(
    `${url} cannot be read: asked for bytes ${offset}-${offset + length - 1}, the server answers ${body.length} bytes as ` +
      `"${said || 'no Content-Range'}". Download the file.`,
  );
}

function refusal(url: string, status: number): UserError {
  const what = status === 200 ? '200 to a range request' : String(status);
  const isRefused = status === 401 || status === 403;
  const advice = isRefused
    ? ' Credentials are missing, or do not allow it; docs/scenes.md lists the variables that are looked at.'
    : '';
  return new UserError(`${url} cannot be read: the server answers ${what}.${advice}`);
}
