import { createHmac } from 'node:crypto';
import { UserError } from '../../base/errors.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Headers = Readonly<Record<string, string>>;

/** How a storage account of Azure is reached. */
export interface AzureAccess {
  /** Address of the blob service, without a slash at its end. */
  readonly endpoint: string;
  readonly account?: string;
  /** A shared access signature, without its question mark. */
  readonly sas?: string;
  readonly token?: string;
  /** Base64. */
  readonly key?: string;
}

/**
 * By AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_ACCESS_TOKEN or
 * AZURE_STORAGE_KEY (also AZURE_STORAGE_ACCESS_KEY, as GDAL calls it); AZURE_STORAGE_BLOB_ENDPOINT for another address.
 * @throws UserError where no account is named, for messages
 */
export function azureAccess(name: string, env: Environment): AzureAccess {
  const parts = connectionParts(env.AZURE_STORAGE_CONNECTION_STRING);
  const account = parts.get('accountname') ?? env.AZURE_STORAGE_ACCOUNT;
  const suffix = parts.get('endpointsuffix') ?? 'core.windows.net';
  const protocol = parts.get('defaultendpointsprotocol') ?? 'https';
  const endpoint =
    parts.get('blobendpoint') ??
    env.AZURE_STORAGE_BLOB_ENDPOINT ??
    (account && `${protocol}://${account}.blob.${suffix}`);
  if (!endpoint)
    throw new UserError(`${name}: set AZURE_STORAGE_ACCOUNT to the account that holds the container.`);
  const sas = parts.get('sharedaccesssignature') ?? env.AZURE_STORAGE_SAS_TOKEN;
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    account,
    sas: sas?.replace(/^\?/, ''),
    token: env.AZURE_STORAGE_ACCESS_TOKEN,
    key: parts.get('accountkey') ?? env.AZURE_STORAGE_KEY ?? env.AZURE_STORAGE_ACCESS_KEY,
  };
}

/** `Name=value;...`; values may have equals signs. */
function connectionParts(text = ''): Map<string, string> {
  const pairs = text.split(';').flatMap((part): [string, string][] => {
    const at = part.indexOf('=');
    return at > 0 ? [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()]] : [];
  });
  return new Map(pairs);
}

/**
 * Headers of a GET request with a signature by the key of the account ("Authorize with Shared Key", Blob service).
 * @param url without a query
 * @throws UserError where it is not known whose key it is
 */
export function signedByKey(
  url: string,
  headers: Headers,
  { account, key }: Pick<AzureAccess, 'account' | 'key'>,
  now = new Date(),
): Headers {
  if (!account)
    throw new UserError(
      `${url}: set AZURE_STORAGE_ACCOUNT to the account that AZURE_STORAGE_KEY belongs to.`,
    );
  const { range, ...others } = headers;
  const all: Record<string, string> = { ...others, 'x-ms-date': now.toUTCString() };
  if (range !== undefined) all['x-ms-range'] = range;
  const value = (name: string) => all[name] ?? '';
  const own = Object.keys(all)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${all[name]}\n`);
  const plain = [
    'GET',
    ...['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date'].map(
      value,
    ),
    ...['if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'].map(value),
  ];
  const text = `${plain.join('\n')}\n${own.join('')}/${account}${new URL(url).pathname}`;
  const signature = createHmac('sha256', Buffer.from(key!, 'base64')).update(text, 'utf8').digest('base64');
  return { ...all, authorization: `SharedKey ${account}:${signature}` };
}
