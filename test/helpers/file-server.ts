import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server has: bytes by path. */
export type ServedFiles = Map<string, Uint8Array>;

export interface FileServer {
  readonly url: string;
  readonly files: ServedFiles;
  /** Every request that came. */
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

export interface FileServerOptions {
  /** Decides whether a request is answered; by default all are. */
  readonly allows?: (request: IncomingMessage) => boolean;
  /** What is answered for files that are not there. Default 404. */
  readonly missing?: number;
}

/** An HTTP server for files in memory that answers range requests, as object stores do. */
export async function startFileServer(options: FileServerOptions = {}): Promise<FileServer> {
  const { allows = () => true, missing = 404 } = options;
  const files: ServedFiles = new Map();
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    const bytes = files.get(decodeURIComponent(new URL(request.url!, 'http://host').pathname));
    if (!allows(request)) return response.writeHead(403).end();
    if (!bytes) return response.writeHead(missing).end();
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    const part = bytes.subarray(Number(from), Number(to) + 1);
    if (part.length === 0) return response.writeHead(416).end();
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    return response
      .writeHead(206, { 'content-range': range, 'content-length': part.length, etag: '"one"' })
      .end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
