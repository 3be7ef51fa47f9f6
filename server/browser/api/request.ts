import { askForKey, authorisation } from './access.js';
import { Problem, problemOf } from './problem.js';

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly signal?: AbortSignal;
}

/**
 * A request whose answer is good. It carries the key, where the server asks for one.
 * @throws Problem when the server refuses it or cannot be reached
 */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const access = authorisation();
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers: access });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem({ detail: 'The server cannot be reached.' });
  }
  if (response.status === 401) {
    await askForKey(access);
    return request(path, options);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** What the server answers in JSON; the caller says what that is. */
export async function getJson<Answer>(path: string, options?: RequestOptions): Promise<Answer> {
  return (await request(path, options)).json() as Promise<Answer>;
}
