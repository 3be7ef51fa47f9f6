import { request } from './request.js';

/** A server-sent event whose data are JSON. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/**
 * Server-sent events, read with `fetch` because EventSource sends no headers. Ends with the connection.
 * @throws Problem when the server refuses the request
 */
export async function* serverEvents(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const response = await request(path, { signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(block);
      if (match) yield { event: match[1]!, data: JSON.parse(match[2]!) };
    }
  }
}
