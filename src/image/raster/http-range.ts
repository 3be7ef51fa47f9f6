import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../base/errors.js';
import { checkPlace } from '../../base/places.js';
import type { HttpRequest } from './cloud-address.js';
import { httpRequest } from './cloud-address.js';

/** How a server is asked again, and for how long it is waited for. */
export interface HttpPatience {
  /** Whether it has answered before, so that its address is right. */
  readonly isKnown?: boolean;
  /** Times that a piece is asked for. */
  readonly attempts: number;
  /** Milliseconds before the second time, doubled each time. */
  readonly pause: number;
  /** Milliseconds without a byte after which a request counts as failed. */
  readonly idle: number;
  /** Milliseconds that a request may take in all. */
  readonly most: number;
}

export const usualPatience: HttpPatience = { attempts: 6, pause: 250, idle: 15_000, most: 120_000 };

/** Longest that a server may ask to be left alone, in milliseconds. */
const longestPause = 30_000;

/** The server's state, or what is in front of it: it may do better soon. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Connections that may hold the next time. What is not listed, such as a wrong certificate, stays as it is. */
const passingCodes =
  /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|HPE_.*|UND_ERR_(SOCKET|.*TIMEOUT|RES_CONTENT.*))$/;

/** Nobody is there: a wrong address, or a server that is being started anew. */
const nobodyCodes = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;

/** A part of a file, and what the server said of the file. */
export interface RangeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty unless the status is 206. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A request that may go better the next time. */
class PassingError extends Error {
  readonly after: number;

  constructor(message: string, after = 0, cause?: unknown) {
    super(message, { cause });
    this.after = after;
  }
}

/**
 * Asks a server for bytes of a file, again where what went wrong may pass: a status that says so, a connection that is reset,
 * cut or silent, each time after a longer pause.
 * @throws UserError naming the address and what the server did the last time, or where that it leads to may not be opened
 */
export async function requestRange(
  url: string,
  headers: Readonly<Record<string, string>>,
  patience: HttpPatience = usualPatience,
): Promise<RangeAnswer> {
  await checkPlace(url);
  for (let attempt = 1; ; attempt++) {
    try {
      return await requestOnce(url, headers, patience);
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      if (attempt >= patience.attempts) {
        const times = attempt === 1 ? '' : ` (asked ${attempt} times)`;
        throw new UserError(`${url} cannot be read: ${error.message}${times}.`, { cause: error });
      }
      await pause(Math.max(error.after, patience.pause * 2 ** (attempt - 1)));
    }
  }
}

async function requestOnce(
  url: string,
  headers: Readonly<Record<string, string>>,
  { idle, most, isKnown = false }: HttpPatience,
): Promise<RangeAnswer> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), idle);
  const deadline = setTimeout(() => stop.abort(), most);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), idle);
  };
  try {
    // A range of something compressed would be of no use.
    const request = await httpRequest(url, { ...headers, 'accept-encoding': 'identity' });
    const response = await fetchFollowing(url, request, stop.signal);
    const { status } = response;
    if (status !== 206) await response.body?.cancel();
    if (passing.has(status))
      throw new PassingError(`the server answers ${status}`, pauseAsked(response.headers));
    const body = status === 206 ? await bodyOf(response, alive) : new Uint8Array();
    return { status, headers: response.headers, body };
  } catch (error) {
    throw explained(url, error, stop.signal.aborted, isKnown);
  } finally {
    clearTimeout(timer);
    clearTimeout(deadline);
  }
}

/** Fetches, and follows redirects to places that may be opened: `fetch` by itself would go anywhere. */
async function fetchFollowing(address: string, request: HttpRequest, signal: AbortSignal): Promise<Response> {
  let { url, headers } = request;
  for (let followed = 0; ; followed++) {
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (!redirects.has(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (!next || !/^https?:$/.test(next.protocol) || followed === mostRedirects) {
      const what = next ? `sends on to ${next.href}` : 'sends on to what is no address';
      throw new UserError(`${address} cannot be read: the server ${what}, after ${followed} other places.`);
    }
    const { host, origin } = new URL(url);
    // A server may send about in itself.
    if (next.host !== host) await checkPlace(next.href);
    // What shows who is asking is for the server that was asked.
    if (next.origin !== origin) headers = withoutSecrets(headers);
    url = next.href;
  }
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 10;

function withoutSecrets(headers: HttpRequest['headers']): HttpRequest['headers'] {
  const own = /^(range|accept-encoding|if-match|if-unmodified-since)$/i;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => own.test(name)));
}

function explained(url: string, error: unknown, isLate: boolean, isKnown: boolean): unknown {
  if (error instanceof PassingError || error instanceof UserError) return error;
  if (isLate) return new PassingError('the server does not answer, or stopped in the middle', 0, error);
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  const reason = inner instanceof Error ? inner.message || code : String(inner);
  if (passingCodes.test(code) || (isKnown && nobodyCodes.test(code)))
    return new PassingError(`the connection failed (${reason})`, 0, error);
  return new UserError(`cannot reach ${url}: ${reason}`, { cause: error });
}

async function bodyOf({ body, headers }: Response, alive: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const reader = body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    parts.push(part.value);
    alive();
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const promised = headers.get('content-length');
  if (promised !== null && Number(promised) !== bytes.length)
    throw new PassingError(`the connection ended after ${bytes.length} of ${promised} bytes`);
  return bytes;
}

function pauseAsked(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(longestPause, Math.max(0, 1000 * seconds)) : 0;
}
