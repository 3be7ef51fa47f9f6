import { AwsClient } from 'aws4fetch';
import { UserError } from '../../base/errors.js';
import { awsAccess } from './aws-profile.js';
import { azureAccess, signedByKey } from './azure-access.js';
import { headersByEnvironment } from './http-headers.js';

type Headers = Readonly<Record<string, string>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked of an HTTP server for a piece of a file. */
export interface HttpRequest {
  readonly url: string;
  readonly headers: Headers;
}

/** Whether a path is the address of a file behind a server: http(s)://, s3://, gs:// or az://. */
export function isRemote(path: string): boolean {
  return /^(https?|s3|gs|az):\/\//.test(path);
}

/**
 * The HTTP request for an address, signed or with a token by the environment variables of the ordinary clients:
 *
 * - http(s): GDAL_HTTP_HEADERS, GDAL_HTTP_HEADER_FILE, GDAL_HTTP_BEARER, GDAL_HTTP_USERPWD
 * - s3://bucket/key: see `awsAccess`; AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REQUEST_PAYER
 * - gs://bucket/key: GOOGLE_OAUTH_ACCESS_TOKEN or CLOUDSDK_AUTH_ACCESS_TOKEN, STORAGE_EMULATOR_HOST
 * - az://container/blob: see `azureAccess`
 * @throws UserError where a variable is missing, or of a kind that is not supported
 */
export async function httpRequest(
  address: string,
  headers: Headers,
  environment: Environment = process.env,
): Promise<HttpRequest> {
  const [, scheme, bucket = '', key = ''] = /^(s3|gs|az):\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  if (scheme === 's3') return s3Request(bucket, key, headers, environment);
  if (scheme === 'gs') return googleRequest(bucket, key, headers, environment);
  if (scheme === 'az') return azureRequest(bucket, key, headers, environment);
  if (/^(s3|gs|az):/.test(address))
    throw new UserError(`${address} names no file: it must be like s3://bucket/folder/scene.tif.`);
  return { url: address, headers: { ...headers, ...(await headersByEnvironment(environment)) } };
}

async function s3Request(
  bucket: string,
  key: string,
  headers: Headers,
  env: Environment,
): Promise<HttpRequest> {
  const { keys, region } = await awsAccess(env).catch((error: unknown) => {
    throw error instanceof UserError
      ? new UserError(`s3://${bucket}/${key}: ${error.message}`, { cause: error })
      : error;
  });
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  // Names with dots do not match the certificate of the host.
  const base = endpoint
    ? `${endpoint.replace(/\/+$/, '')}/${bucket}`
    : bucket.includes('.')
      ? `https://s3.${region}.amazonaws.com/${bucket}`
      : `https://${bucket}.s3.${region}.amazonaws.com`;
  const url = `${base}/${encoded(key)}`;
  const all = env.AWS_REQUEST_PAYER ? { ...headers, 'x-amz-request-payer': env.AWS_REQUEST_PAYER } : headers;
  if (!keys) return { url, headers: all };
  const client = new AwsClient({ ...keys, region, service: 's3' });
  // fetch adds to Accept-Encoding where there is a range, which a signature of it would not survive.
  const { 'accept-encoding': encoding, ...stable } = all as Record<string, string>;
  const signed = await client.sign(url, { headers: stable });
  const result: Record<string, string> = encoding === undefined ? {} : { 'accept-encoding': encoding };
  signed.headers.forEach((value, name) => {
    result[name] = value;
  });
  return { url, headers: result };
}

function googleRequest(bucket: string, key: string, headers: Headers, env: Environment): HttpRequest {
  const token = env.GOOGLE_OAUTH_ACCESS_TOKEN ?? env.CLOUDSDK_AUTH_ACCESS_TOKEN;
  if (!token && env.GOOGLE_APPLICATION_CREDENTIALS)
    throw new UserError(
      `gs://${bucket}/${key}: files of credentials are not read. Set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)".`,
    );
  const host = env.STORAGE_EMULATOR_HOST ?? 'https://storage.googleapis.com';
  const base = (/^https?:/.test(host) ? host : `http://${host}`).replace(/\/+$/, '');
  return { url: `${base}/${bucket}/${encoded(key)}`, headers: withToken(headers, token) };
}

function azureRequest(container: string, key: string, headers: Headers, env: Environment): HttpRequest {
  const { endpoint, account, sas, token, key: accountKey } = azureAccess(`az://${container}/${key}`, env);
  const url = `${endpoint}/${container}/${encoded(key)}`;
  const all = { ...headers, 'x-ms-version': '2021-08-06' };
  if (sas) return { url: `${url}?${sas}`, headers: all };
  if (token || !accountKey) return { url, headers: withToken(all, token) };
  return { url, headers: signedByKey(url, all, { account, key: accountKey }) };
}

function withToken(headers: Headers, token: string | undefined): Headers {
  return token ? { ...headers, authorization: `Bearer ${token}` } : headers;
}

function encoded(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
