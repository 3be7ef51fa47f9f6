import { Agent, request as httpRequest } from 'node:http';

/** A request to repeat, and what its answer has to be. */
export interface LoadRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** @returns what is wrong with an answer; undefined if nothing */
  readonly check: (answer: unknown) => string | undefined;
}

export interface LoadOptions {
  /** e.g. http://127.0.0.1:3000 */
  readonly url: string;
  /** Sent in turns. */
  readonly requests: readonly LoadRequest[];
  readonly count: number;
  /** Requests open at a time. */
  readonly concurrency: number;
  /** Called after each request that was answered. */
  readonly onAnswer?: (done: number) => void;
}

export interface LoadResult {
  /** Answered with 200 and right. */
  readonly right: number;
  /** Answered with 503 and Retry-After. */
  readonly refused: number;
  /** Everything else. */
  readonly errors: readonly string[];
  /** Of right answers, in the order they came. */
  readonly milliseconds: readonly number[];
  readonly seconds: number;
}

/** Sends requests to a server, a number of them at a time, and checks every answer. */
export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, requests, count, concurrency, onAnswer } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const started = performance.now();
  const [errors, milliseconds]: [string[], number[]] = [[], []];
  let [sent, done, refused] = [0, 0, 0];
  const worker = async () => {
    while (sent < count) {
      const load = requests[sent++ % requests.length]!;
      const from = performance.now();
      const outcome = await send(url, load, agent).catch((error: Error) => error.message);
      if (outcome === 'right') milliseconds.push(performance.now() - from);
      else if (outcome === 'refused') refused++;
      else errors.push(outcome);
      onAnswer?.(++done);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  const seconds = (performance.now() - started) / 1000;
  return { right: milliseconds.length, refused, errors, milliseconds, seconds };
}

async function send(url: string, load: LoadRequest, agent: Agent): Promise<string> {
  const { status, headers, body } = await exchange(url, load, agent);
  if (status === 503 && headers['retry-after'] !== undefined) return 'refused';
  if (status !== 200) return `${load.path}: status ${status}: ${body.slice(0, 200)}`;
  const wrong = load.check(JSON.parse(body));
  return wrong === undefined ? 'right' : `${load.path}: ${wrong}`;
}

interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Of node:http, as fetch itself would take more processor time than the server. */
function exchange(url: string, { path, headers, body }: LoadRequest, agent: Agent): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url + path, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.length },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(pieces).toString(),
        }),
      );
    });
    sent.end(body);
  });
}

/** The value that a share of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
