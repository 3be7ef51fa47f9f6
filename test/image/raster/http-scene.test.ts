import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRemoteBytes } from '../../../src/image/raster/remote-bytes.js';

/** Files of 200,000 bytes each of which is different from its neighbours. */
const first = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, at) => (7 * at + (at >> 8)) % 251));
const second = Buffer.from(first.map((byte) => 255 - byte));

/** Answers a request in another way than a good server would; true when it has. */
type Fault = (request: IncomingMessage, response: ServerResponse, part: Buffer, from: number) => boolean;

const impatient = { attempts: 4, pause: 5, idle: 300, most: 5000 };

interface Facts {
  readonly etag?: string;
  readonly modified?: string;
}

let server: Server;
let url: string;
let file: { bytes: Buffer } & Facts;
let faults: Fault[];
let conditions: (string | undefined)[];

beforeAll(async () => {
  server = createServer((request, response) => {
    conditions.push(request.headers['if-match'] ?? request.headers['if-unmodified-since']);
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!;
    const part = file.bytes.subarray(Number(from), Number(to) + 1);
    const fault = faults.shift();
    if (fault?.(request, response, part, Number(from))) return;
    answer(response, part, Number(from));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scene.tif`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function answer(response: ServerResponse, part: Buffer, from: number, length = part.length): void {
  const range = `bytes ${from}-${from + part.length - 1}/${file.bytes.length}`;
  const headers = { etag: file.etag, 'last-modified': file.modified };
  const given: [string, string][] = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const said = String(length);
  response.writeHead(206, { ...Object.fromEntries(given), 'content-range': range, 'content-length': said });
  response.end(part);
}

/** Opens the file without faults, then reads a piece beyond its start with them. */
async function readWith(...given: Fault[]): Promise<Uint8Array> {
  faults = [];
  conditions = [];
  const bytes = await openRemoteBytes(url, impatient);
  faults = given;
  return bytes.read(100_000, 5000);
}

const wanted = new Uint8Array(first.subarray(100_000, 105_000));
const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  (_request, response) => {
    response.writeHead(code, headers).end();
    return true;
  };

describe('a scene behind a server', () => {
  it.each<[string, Fault]>([
    ...[429, 500, 502, 503, 504].map((code): [string, Fault] => [`answers ${code}`, status(code)]),
    ['says when to come again', status(503, { 'retry-after': '0' })],
    [
      'resets the connection',
      (request) => {
        request.socket.resetAndDestroy();
        return true;
      },
    ],
    [
      'closes it without a word',
      (request) => {
        request.socket.end();
        return true;
      },
    ],
    [
      'cuts the body',
      (_request, response, part, from) => {
        const range = `bytes ${from}-${from + part.length - 1}/${file.bytes.length}`;
        response.writeHead(206, { 'content-range': range, 'content-length': part.length });
        response.write(part.subarray(0, 2000), () => response.destroy());
        return true;
      },
    ],
    [
      'stops in the middle of the body',
      (_request, response, part, from) => {
        const range = `bytes ${from}-${from + part.length - 1}/${file.bytes.length}`;
        response.writeHead(206, { 'content-range': range, 'content-length': part.length });
        response.write(part.subarray(0, 2000));
        return true;
      },
    ],
    ['does not answer', () => true],
  ])('that %s is asked again', async (_what, fault) => {
    file = { bytes: first, etag: '"a"' };
    expect(await readWith(fault, fault)).toEqual(wanted);
  });

  it('that goes on failing is named with its status', async () => {
    file = { bytes: first };
    await expect(readWith(...Array(9).fill(status(503)))).rejects.toThrow(
      /scene\.tif cannot be read: the server answers 503 \(asked 4 times\)/,
    );
    expect(faults.length).toBe(5);
    await expect(readWith(status(403))).rejects.toThrow(/the server answers 403/);
    await expect(
      readWith(
        () => true,
        () => true,
        () => true,
        () => true,
      ),
    ).rejects.toThrow(/stopped in the middle/);
  });

  it.each<[string, Fault]>([
    [
      'of another place, said honestly',
      (_request, response, part, from) => {
        answer(response, file.bytes.subarray(from - 16, from - 16 + part.length), from - 16);
        return true;
      },
    ],
    [
      'that is too short',
      (_request, response, part, from) => {
        answer(response, part.subarray(0, -1), from);
        return true;
      },
    ],
    [
      'without saying which',
      (_request, response, part) => {
        response.writeHead(206).end(part);
        return true;
      },
    ],
  ])('that answers a range %s is refused', async (_what, fault) => {
    file = { bytes: first };
    await expect(readWith(fault)).rejects.toThrow(/asked for bytes 100000-104999, the server answers/);
  });

  it.each<[string, Facts, Facts]>([
    ['an entity tag', { etag: '"a"' }, { etag: '"b"' }],
    ['a weak entity tag', { etag: 'W/"a"' }, { etag: 'W/"b"' }],
    ['a date', { modified: 'Tue, 01 Dec 2026 00:00:00 GMT' }, { modified: 'Tue, 01 Dec 2026 00:01:00 GMT' }],
  ])('that replaces the file, known by %s, ends the reading', async (_what, before, after) => {
    file = { bytes: first, ...before };
    const bytes = await openRemoteBytes(url, impatient);
    conditions = [];
    file = { bytes: second, ...after };
    await expect(bytes.read(100_000, 5000)).rejects.toThrow(/was replaced by another file while it was read/);
    expect(conditions).toEqual([before.etag === 'W/"a"' ? undefined : (before.etag ?? before.modified)]);
  });

  it('that says itself that the file is another one ends the reading', async () => {
    file = { bytes: first, etag: '"a"' };
    for (const code of [412, 416]) await expect(readWith(status(code))).rejects.toThrow(/was replaced/);
    file = { bytes: first };
    const bytes = await openRemoteBytes(url, impatient);
    file = { bytes: Buffer.concat([first, second]) };
    await expect(bytes.read(100_000, 5000)).rejects.toThrow(/was replaced/);
  });
});
