import { askForKey, authorisation } from './access.js';
import { Unreachable, untilReached } from './connection.js';
import { Problem, problemOf } from './problem.js';

export interface RequestOptions {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: Blob;
  readonly signal?: AbortSignal;
  /** Whether a person is asked for a key where one is needed. Default true. */
  readonly asksForKey?: boolean;
}

/**
 * A request whose answer is good. It carries the key, where the server asks for one, and is tried again for as long as
 * the server cannot be reached.
 * @throws Problem when the server refuses it; the signal's reason when it aborts
 */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const { asksForKey = true, signal } = options;
  for (;;) {
    const access = authorisation();
    const response = await untilReached(() => attempt(path, options, access), signal);
    if (response.ok) return response;
    if (response.status !== 401 || !asksForKey) throw await problemOf(response);
    await askForKey(access);
  }
}

async function attempt(
  path: string,
  { method = 'GET', body, signal }: RequestOptions,
  access: Readonly<Record<string, string>>,
): Promise<Response> {
  const headers = body ? { ...access, 'Content-Type': body.type } : access;
  const response = await fetch(path, { method, body, signal, headers }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  });
  if (await isPassing(response, method)) throw new Unreachable();
  return response;
}

/** Whether an answer is one of a server, or of a proxy before it, that will soon be there. */
async function isPassing(response: Response, method: string): Promise<boolean> {
  if (![502, 503, 504].includes(response.status)) return false;
  // What changes something is sent again only where it cannot have been done.
  if (method === 'GET') return true;
  const { code } = await problemOf(response.clone());
  return isStartingOrStopping(code);
}

/** Whether a problem is that of a server that is not there yet, or not for long. */
export function isStartingOrStopping(code: string | undefined): boolean {
  return code === 'starting' || code === 'stopping';
}

/** What the server answers in JSON; the caller says what that is. */
export async function getJson<Answer>(path: string, options?: RequestOptions): Promise<Answer> {
  return (await request(path, options)).json() as Promise<Answer>;
}

/** Whether an error says that there is no such thing on the server. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}
