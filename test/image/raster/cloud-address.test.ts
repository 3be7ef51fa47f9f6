import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { httpRequest, isRemote } from '../../../src/image/raster/cloud-address.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import { tinyTiff } from './tiny-tiff.js';

const secret = 'a-secret-of-tests';
const bytes = tinyTiff({
  width: 200,
  height: 300,
  bands: 3,
  bits: 16,
  rows: 10,
  sample: (x, y) => x + 2 * y,
});
let server: Server;
let endpoint: string;
let mayRead: (request: IncomingMessage) => boolean;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (!mayRead(request)) return response.writeHead(403).end();
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!;
    const last = Math.min(Number(to), bytes.length - 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${last}/${bytes.length}`, etag: '"1"' });
    response.end(bytes.subarray(Number(from), last + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());
afterEach(() => vi.unstubAllEnvs());

/** AWS Signature Version 4 as its documentation computes it, from what arrived. */
function isSigned(request: IncomingMessage): boolean {
  const found =
    /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      request.headers.authorization ?? '',
    );
  if (!found) return false;
  const [, , day, region, names, signature] = found;
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const headers = names!.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const body = String(request.headers['x-amz-content-sha256']);
  const canonical = ['GET', request.url, '', headers.join(''), names, body].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = mac(mac(mac(mac(`AWS4${secret}`, day!), region!), 's3'), 'aws4_request');
  return mac(key, text).toString('hex') === signature && request.headers['x-amz-security-token'] === 'token';
}

async function expectScene(address: string): Promise<void> {
  const source = await openRaster(address);
  expect(source.name).toBe(address);
  const [plane] = (await source.read({ left: 20, top: 250, width: 30, height: 40 })).planes;
  expect(plane!.samples[plane!.offset + 5 * plane!.rowStep + 7 * plane!.step]).toBe(27 + 2 * 255);
  await source.close();
}

it('reads s3:// with requests signed by the variables of AWS', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'tests');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
  vi.stubEnv('AWS_SESSION_TOKEN', 'token');
  mayRead = (request) => request.url === '/scenes/a%20b/c.tif' && isSigned(request);
  await expectScene('s3://scenes/a b/c.tif');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another');
  await expect(openRaster('s3://scenes/a b/c.tif')).rejects.toThrow(/s3:\/\/scenes.*answers 403/);
  vi.stubEnv('AWS_NO_SIGN_REQUEST', 'YES');
  mayRead = (request) => request.headers.authorization === undefined;
  await expectScene('s3://scenes/open.tif');
});

it('reads gs:// and az:// with tokens', async () => {
  vi.stubEnv('STORAGE_EMULATOR_HOST', endpoint);
  vi.stubEnv('GOOGLE_OAUTH_ACCESS_TOKEN', 'google');
  mayRead = ({ url, headers }) => url === '/bucket/c.tif' && headers.authorization === 'Bearer google';
  await expectScene('gs://bucket/c.tif');
  vi.stubEnv('AZURE_STORAGE_BLOB_ENDPOINT', endpoint);
  vi.stubEnv('AZURE_STORAGE_SAS_TOKEN', '?sv=2021&sig=abc');
  mayRead = ({ url }) => url === '/container/c.tif?sv=2021&sig=abc';
  await expectScene('az://container/c.tif');
});

it('knows the hosts, and says what is missing', async () => {
  const urlOf = async (address: string, environment = {}) =>
    (await httpRequest(address, {}, environment)).url;
  expect(await urlOf('s3://b/k.tif', { AWS_DEFAULT_REGION: 'eu-west-1' })).toBe(
    'https://b.s3.eu-west-1.amazonaws.com/k.tif',
  );
  expect(await urlOf('s3://a.b/k.tif')).toBe('https://s3.us-east-1.amazonaws.com/a.b/k.tif');
  expect(await urlOf('gs://b/k.tif')).toBe('https://storage.googleapis.com/b/k.tif');
  expect(await urlOf('az://c/k.tif', { AZURE_STORAGE_ACCOUNT: 'x' })).toBe(
    'https://x.blob.core.windows.net/c/k.tif',
  );
  await expect(urlOf('az://c/k.tif')).rejects.toThrow('set AZURE_STORAGE_ACCOUNT');
  await expect(urlOf('az://c/k.tif', { AZURE_STORAGE_ACCOUNT: 'x', AZURE_STORAGE_KEY: 'y' })).rejects.toThrow(
    'SAS_TOKEN',
  );
  await expect(urlOf('gs://b/k.tif', { GOOGLE_APPLICATION_CREDENTIALS: 'f' })).rejects.toThrow(
    'print-access-token',
  );
  await expect(urlOf('s3://bucket')).rejects.toThrow('names no file');
  expect(['s3://b/k', 'https://x/y', 'a/b.tif', 's3.tif'].map(isRemote)).toEqual([true, true, false, false]);
});
