import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../server/limits.js';
import type { RunningServer } from '../../../server/start-server.js';
import type { FetchOptions } from '../../../server/uploads/fetch-image.js';
import { isPublic } from '../../../server/uploads/fetch-image.js';
import { plain } from '../../image/images.js';
import { problemOf } from '../problem-of.js';
import { standIn, startWith } from '../running-server.js';

describe('isPublic', () => {
  it.each([
    ['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.0.0.1', '172.16.3.4', '192.168.0.1', '169.254.169.254'],
    ['100.64.0.1', '224.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.2.1'],
    ['::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1'],
    ['64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', '::7f00:1'],
  ])('refuses %s and its like', (...addresses) => {
    expect(addresses.filter(isPublic)).toEqual([]);
  });

  it('accepts addresses of the internet', () => {
    expect(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'].every(isPublic)).toBe(true);
  });
});

describe('POST /v1/classify with an address', () => {
  let origin: Server;
  let address: string;
  let port: number;
  let asked: string[] = [];
  const servers: RunningServer[] = [];

  beforeAll(async () => {
    const jpeg = await plain(120, 80, { r: 200, g: 40, b: 90 }).jpeg().toBuffer();
    origin = createServer((request, response) => {
      const path = request.url!;
      asked.push(path);
      if (path === '/image.jpg') response.end(jpeg);
      else if (path === '/large') response.end(Buffer.alloc(60_000));
      else if (path === '/endless') response.write('x');
      else if (path === '/bomb') response.setHeader('content-encoding', 'gzip').end('x');
      else if (path === '/hop') response.writeHead(302, { location: '/image.jpg' }).end();
      else if (path === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else if (path === '/inside')
        response.writeHead(302, { location: `http://[::1]:${port}/image.jpg` }).end();
      else if (path === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    ({ port } = origin.address() as AddressInfo);
    address = `http://127.0.0.1:${port}`;
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    origin.closeAllConnections();
    origin.close();
  });

  async function start(fetch: Partial<FetchOptions>): Promise<(url: string) => Promise<Response>> {
    const options = { hosts: [], seconds: 5, redirects: 2, ...fetch };
    const limits = { ...defaultLimits, bodyBytes: 50_000 };
    const server = await startWith([standIn()], { fetch: options, limits });
    servers.push(server);
    await server.ready;
    asked = [];
    return (url) =>
      globalThis.fetch(`${server.url}/v1/classify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url }),
      });
  }

  it('fetches from where the operator allows it, following redirects', async () => {
    const classify = await start({ hosts: [`127.0.0.1:${port}`], allowPrivate: true });
    for (const path of ['/image.jpg', '/hop']) {
      expect(await (await classify(address + path)).json()).toMatchObject({
        image: { width: 120, height: 80 },
      });
    }
  });

  it('refuses private addresses, whatever they are called, without asking them', async () => {
    const classify = await start({ hosts: ['*', `*:${port}`] });
    const names = ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'];
    for (const name of names) {
      expect(await problemOf(await classify(`http://${name}:${port}/image.jpg`))).toMatchObject({
        status: 400,
        code: 'url_refused',
        detail: /public internet/,
      });
    }
    expect(asked).toEqual([]);
  });

  it('refuses hosts, ports and schemes that are not allowed, also behind redirects', async () => {
    const classify = await start({ hosts: [`127.0.0.1:${port}`, '*.example.org'], allowPrivate: true });
    const refused = [
      'http://127.0.0.1/a',
      `http://localhost:${port}/a`,
      'http://example.org/',
      'http://a:b@x.org/',
    ];
    for (const url of [...refused, `${address}/inside`, `${address}/file`]) {
      expect(await problemOf(await classify(url))).toMatchObject({ status: 400, code: 'url_refused' });
    }
    expect(asked).toEqual(['/inside', '/file']);
  });

  it('says what went wrong', async () => {
    const classify = await start({ hosts: [`127.0.0.1:${port}`], allowPrivate: true, seconds: 0.5 });
    const outcomes = [
      ['/missing', 422, /status 404/],
      ['/loop', 422, /redirects more than 2 times/],
      ['/bomb', 422, /compressed/],
      ['/large', 413, /more than 50000 bytes/],
      ['/endless', 422, /within 0.5 seconds/],
    ] as const;
    for (const [path, status, detail] of outcomes) {
      expect(await problemOf(await classify(address + path))).toMatchObject({ status, detail });
    }
    expect((await classify(`${address}/image.jpg`)).status).toBe(200);
  });
});
