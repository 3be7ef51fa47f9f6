import type { Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { UserError } from '../../src/base/errors.js';
import type { Problem } from '../problem.js';
import { problemDocument } from '../problem.js';

/** Thrown when another program listens on the port. */
export class PortInUseError extends UserError {
  override readonly name = 'PortInUseError';
}

/**
 * @returns the address listened on, e.g. http://127.0.0.1:3000
 * @throws UserError when the port cannot be had
 */
export function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, port, host)));
    server.listen(port, host, () => {
      const { address, family, port: actual } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new PortInUseError(`Port ${port} of ${host} is in use. Choose another with --port.`, { cause });
    case 'EACCES':
      return new UserError(
        `Port ${port} may not be used by this account. Choose one above 1023 with --port.`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(`This machine has no address ${host}. Choose another with --host.`, { cause });
    default:
      return cause;
  }
}

/** Milliseconds in which answers to requests that are cut short have to be out. */
const lastAnswers = 1000;

/**
 * Stops listening, and waits until all requests have been answered.
 * @param seconds after which those that have not are cut short
 * @param cutShort has them answered at once
 */
export function stopListening(server: Server, seconds: number, cutShort: () => void): Promise<void> {
  return new Promise((resolve) => {
    // Connections that clients keep for later become idle once their last answer is out.
    const closing = setInterval(() => server.closeIdleConnections(), 50);
    let ending: NodeJS.Timeout | undefined;
    const cutting = setTimeout(() => {
      cutShort();
      ending = setTimeout(() => server.closeAllConnections(), lastAnswers);
    }, 1000 * seconds);
    server.close(() => {
      clearInterval(closing);
      clearTimeout(cutting);
      clearTimeout(ending);
      resolve();
    });
  });
}

/** Answers what is no HTTP, or too slow or too large to be read as such, with a problem document as well. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = brokenRequest(error.code);
  const body = JSON.stringify(problemDocument(problem));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function brokenRequest(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, code: 'headers_too_large', detail: 'The headers are too large.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'request_timeout', detail: 'The headers came too slowly.' };
    default:
      return { status: 400, code: 'bad_request', detail: 'This is not an HTTP request.' };
  }
}
