import { createHash, createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { signedByKey } from '../../../src/image/raster/azure-access.js';
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
    const range = request.headers.range ?? request.headers['x-ms-range'];
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(String(range))!;
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

describe('profiles of AWS', () => {
  const files: Record<string, string> = {
    credentials: `# comment
[default]
aws_access_key_id = nobody
aws_secret_access_key=nothing

[work]
aws_access_key_id = tests
aws_secret_access_key = ${secret}
aws_session_token = token
`,
    config: `[profile work]
region = eu-central-1
s3 =
    max_concurrent_requests = 20
[profile login]
sso_session = company
[profile other]
role_arn = arn:aws:iam::1:role/x
source_profile = work
`,
  };
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'home-'));
    await mkdir(join(home, '.aws'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(home, '.aws', name), text);
  });
  afterAll(() => rm(home, { recursive: true }));

  it('sign requests with their keys and region', async () => {
    vi.stubEnv('HOME', home);
    vi.stubEnv('AWS_PROFILE', 'work');
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    mayRead = (request) => isSigned(request) && /eu-central-1/.test(request.headers.authorization!);
    await expectScene('s3://scenes/c.tif');
    // Keys in the environment come first, and what is public needs none.
    const own = { HOME: home, AWS_PROFILE: 'work', AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'x' };
    const signed = await httpRequest('s3://b/k', {}, own);
    expect(signed.headers.authorization).toMatch(/Credential=mine\//);
    for (const value of ['YES', 'true', '1']) {
      const open = await httpRequest('s3://b/k', {}, { ...own, AWS_NO_SIGN_REQUEST: value });
      expect(open.headers.authorization).toBeUndefined();
    }
  });

  it('are found by the variables that name their files, the default one without its name', async () => {
    const env = { AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws/credentials'), AWS_CONFIG_FILE: '/nowhere' };
    const { url, headers } = await httpRequest('s3://b/k', {}, env);
    expect(headers.authorization).toMatch(/Credential=nobody\//);
    expect(url).toBe('https://b.s3.us-east-1.amazonaws.com/k');
  });

  it('that are not there, or whose keys another service gives out, are named', async () => {
    const ask = (env: Record<string, string>) => httpRequest('s3://b/k', {}, { HOME: home, ...env });
    await expect(ask({ AWS_PROFILE: 'gone' })).rejects.toThrow(
      /s3:\/\/b\/k: There is no AWS profile gone \(AWS_PROFILE\), only default, work, login, other/,
    );
    await expect(ask({ AWS_PROFILE: 'login' })).rejects.toThrow(
      /profile login has sso_session: .*aws configure export-credentials --profile login --format env/,
    );
    await expect(ask({ AWS_PROFILE: 'other' })).rejects.toThrow(/profile other has role_arn/);
    const token = { HOME: '/nowhere', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' };
    await expect(ask(token)).rejects.toThrow(/AWS_WEB_IDENTITY_TOKEN_FILE is set/);
  });
});

describe('storage accounts of Azure', () => {
  const key = Buffer.from('0123456789abcdef').toString('base64');
  /** What azure-storage-blob 12 signs for the same request. */
  const known = 'SharedKey acc:glKO7ZY7bZNlIEP+nGalHq6SsTVg3AWI4Ja5EYi8grU=';

  it('are opened with their key', () => {
    const headers = { range: 'bytes=0-65535', 'if-match': '"x"', 'x-ms-version': '2021-08-06' };
    const url = 'https://acc.blob.core.windows.net/scenes/a%20b/c.tif';
    const signed = signedByKey(url, headers, { account: 'acc', key }, new Date('2026-12-01T04:00:00Z'));
    expect(signed.authorization).toBe(known);
    expect(signed['x-ms-range']).toBe('bytes=0-65535');
  });

  it('by variables and by connection strings, with keys and shared access signatures', async () => {
    vi.stubEnv(
      'AZURE_STORAGE_CONNECTION_STRING',
      `AccountName=acc;AccountKey=${key};BlobEndpoint=${endpoint}/`,
    );
    mayRead = ({ headers }) => {
      const { 'x-ms-date': date, 'x-ms-range': range, 'x-ms-version': version } = headers;
      const match = String(headers['if-match'] ?? '');
      const text = `GET\n\n\n\n\n\n\n\n${match}\n\n\n\nx-ms-date:${date}\nx-ms-range:${range}\nx-ms-version:${version}\n/acc/scenes/c.tif`;
      const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
      return headers.authorization === `SharedKey acc:${signature}`;
    };
    await expectScene('az://scenes/c.tif');
    const urlOf = async (env: Record<string, string>) => (await httpRequest('az://c/k', {}, env)).url;
    const sas = 'AccountName=acc;SharedAccessSignature=sv=2021&sig=a%3D;EndpointSuffix=core.chinacloudapi.cn';
    expect(await urlOf({ AZURE_STORAGE_CONNECTION_STRING: sas })).toBe(
      'https://acc.blob.core.chinacloudapi.cn/c/k?sv=2021&sig=a%3D',
    );
    const env = { AZURE_STORAGE_BLOB_ENDPOINT: 'http://h', AZURE_STORAGE_KEY: key };
    await expect(urlOf(env)).rejects.toThrow(
      /set AZURE_STORAGE_ACCOUNT to the account that AZURE_STORAGE_KEY/,
    );
  });
});

describe('headers of http(s) requests', () => {
  it('are those of the variables of GDAL', async () => {
    const headersOf = async (env: Record<string, string>) =>
      (await httpRequest('https://h/a.tif', { range: 'x' }, env)).headers;
    expect(await headersOf({})).toEqual({ range: 'x' });
    const list = 'X-Api-Key: one, "Accept: a/b, c/d",Cookie=k=v; l=w';
    expect(await headersOf({ GDAL_HTTP_HEADERS: list })).toEqual({
      range: 'x',
      'x-api-key': 'one',
      accept: 'a/b, c/d',
      cookie: 'k=v; l=w',
    });
    expect(await headersOf({ GDAL_HTTP_BEARER: 't' })).toEqual({ range: 'x', authorization: 'Bearer t' });
    expect((await headersOf({ GDAL_HTTP_USERPWD: 'a:b' })).authorization).toBe('Basic YTpi');
    const wrong = headersOf({ GDAL_HTTP_HEADERS: 'my secret' });
    await expect(wrong).rejects.toThrow(/GDAL_HTTP_HEADERS has something that is no header/);
    await expect(wrong).rejects.not.toThrow(/secret/);
  });

  it('go with every request, and only to such addresses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headers-'));
    const file = join(folder, 'headers.txt');
    await writeFile(file, '# mine\nAuthorization: Bearer file\n');
    vi.stubEnv('GDAL_HTTP_HEADER_FILE', file);
    mayRead = ({ headers }) => headers.authorization === 'Bearer file';
    await expectScene(`${endpoint}/c.tif`);
    const s3 = await httpRequest('s3://b/k', {}, { GDAL_HTTP_BEARER: 't' });
    expect(s3.headers.authorization).toBeUndefined();
    mayRead = () => false;
    await expect(openRaster(`${endpoint}/c.tif`)).rejects.toThrow(/answers 403\. Credentials are missing/);
    await rm(folder, { recursive: true });
  });
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
  await expect(urlOf('gs://b/k.tif', { GOOGLE_APPLICATION_CREDENTIALS: 'f' })).rejects.toThrow(
    'print-access-token',
  );
  await expect(urlOf('s3://bucket')).rejects.toThrow('names no file');
  expect(['s3://b/k', 'https://x/y', 'a/b.tif', 's3.tif'].map(isRemote)).toEqual([true, true, false, false]);
});
