import { readFile } from 'node:fs/promises';
import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Headers that go with requests to http(s) addresses, by the variables of GDAL: GDAL_HTTP_HEADERS (`Name: value`, with commas),
 * GDAL_HTTP_HEADER_FILE (one a line), GDAL_HTTP_BEARER, GDAL_HTTP_USERPWD (`name:password`).
 * @throws UserError for what is no header, without its value
 */
export async function headersByEnvironment(env: Environment): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  const { GDAL_HTTP_HEADER_FILE: file, GDAL_HTTP_HEADERS: list } = env;
  const { GDAL_HTTP_BEARER: bearer, GDAL_HTTP_USERPWD: user } = env;
  if (user) headers.authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  if (file) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw explainFileError(error, 'read', file);
    });
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
    for (const line of lines) add(line, `the file ${file} (GDAL_HTTP_HEADER_FILE)`, headers);
  }
  for (const header of splitHeaders(list ?? '')) add(header, 'GDAL_HTTP_HEADERS', headers);
  return headers;
}

/** At commas, but not within quotes, which a header with a comma is put in. */
function splitHeaders(text: string): string[] {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|[^,"]+/g) ?? [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll(/\\(.)/g, '$1') : part));
}

function add(header: string, where: string, into: Record<string, string>): void {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9a-z-]+)\s*[:=]\s*(.*)$/i.exec(header.trim()) ?? [];
  if (name === undefined || /[\r\n\0]/.test(value!))
    throw new UserError(
      `${where} has something that is no header: it must be like "Authorization: Bearer ...".`,
    );
  into[name.toLowerCase()] = value!;
}
