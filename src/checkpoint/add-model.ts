import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';
import { modelFiles } from './model-description.js';
import { isModelFolder, readModelFolder } from './model-folder.js';
import type { NamedModel } from './named-models.js';
import { addedModelsFolder, namedModels } from './named-models.js';

export interface AddModelOptions {
  /** What the model is called from then on; by default as its folder or archive, without version and ending. */
  readonly name?: string;
  /** SHA-256 of the archive, 64 hexadecimal digits; a must for an address. */
  readonly sha256?: string;
  /** Whether a model of this name that was added before makes room. Default false. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  /** Told how far the download is; `total` where the server says it. */
  readonly onBytes?: (received: number, total: number | undefined) => void;
}

/** A model that was added, and what of its archive or folder was left behind. */
export interface AddedModel {
  readonly name: string;
  readonly path: string;
  readonly ignored: readonly string[];
}

/** Far above any model of this project; an archive that goes on and on ends here. */
const mostBytes = 4 * 2 ** 30;

/** What a model's files may weigh together once unpacked. */
const mostUnpacked = 8 * 2 ** 30;

const { firstLook, ...ownFiles } = modelFiles;
const wanted: readonly string[] = [...Object.values(ownFiles), 'LICENSE', 'LICENSE.txt', 'LICENSE.md'];

/**
 * Copies a model to where it is known by its name. Its files are read and checked first; what is there stays as it is until the
 * new one is whole.
 * @param source a model folder; a .tar, .tar.gz or .tgz with its files, in one folder or in none, as `npm pack` makes them; or an
 *   https address of such an archive
 * @throws UserError when it is no model, is damaged, has another digest, cannot be fetched or written, or when the name is taken
 */
export async function addModel(source: string, options: AddModelOptions = {}): Promise<AddedModel> {
  const isAddress = /^[a-z][a-z0-9+.-]+:\/\//i.test(source);
  checkSource(source, isAddress, options);
  const name = options.name ?? nameOf(isAddress ? new URL(source).pathname : source);
  checkName(name, options);
  const folder = addedModelsFolder();
  const place = await workingFolder(folder);
  try {
    const [archive, unpacked] = [join(place, 'archive'), join(place, 'model')];
    await mkdir(unpacked);
    if (isAddress) await download(source, archive, options);
    const isLocalFolder = !isAddress && (await isFolder(source));
    if (isLocalFolder && options.sha256 !== undefined) {
      throw new UserError(`${source} is a folder, which has no digest: --sha256 is for archives.`);
    }
    const ignored = isLocalFolder
      ? await copyModel(source, unpacked)
      : await unpack(isAddress ? archive : source, source, unpacked, options);
    await checkModel(unpacked, source);
    const path = join(folder, name);
    await putInPlace(unpacked, path, place);
    return { name, path, ignored };
  } catch (error) {
    throw explainFileError(error, 'write', folder);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/**
 * Removes a model that was added.
 * @throws UserError when there is none of this name, or when it comes with a package
 */
export async function removeModel(name: string): Promise<NamedModel> {
  const model = namedModels().find((each) => each.name === name);
  if (!model) throw new UserError(`There is no model "${name}"; "vil models" lists them.`);
  if (model.origin !== 'added') {
    throw new UserError(
      `${name} comes with a package, ${model.path}: "vil models remove" removes what was added.`,
    );
  }
  await rm(model.path, { recursive: true }).catch((error: unknown) => {
    throw explainFileError(error, 'remove', model.path);
  });
  return model;
}

function checkSource(source: string, isAddress: boolean, { sha256 }: AddModelOptions): void {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new UserError(`"${sha256}" is no SHA-256 digest: it has 64 hexadecimal digits.`);
  }
  if (!isAddress) {
    if (!existsSync(source))
      throw new UserError(`${source} is neither a folder nor an archive: no such file.`);
    return;
  }
  if (!isSecure(new URL(source))) {
    throw new UserError(
      `${source}: models are fetched by https alone, with --sha256; fetch it yourself otherwise.`,
    );
  }
  if (sha256 === undefined) {
    throw new UserError(
      `${source} could be anything: give the digest of the archive that you mean, --sha256 <64 hexadecimal digits>.`,
    );
  }
}

/** As browsers see it: https, or this machine itself. */
function isSecure({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
  );
}

function nameOf(source: string): string {
  return basename(source)
    .replace(/\.(tar|tgz|tar\.gz)$/i, '')
    .replace(/^vision-longformer-(?=.)/, '')
    .replace(/-\d+\.\d+\.\d+([-.][0-9A-Za-z.-]+)?$/, '')
    .toLowerCase();
}

function checkName(name: string, { replace = false }: AddModelOptions): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
    throw new UserError(
      `"${name}" is no name for a model: small letters, digits, ".", "_" and "-", a letter or digit first. Give another with --name.`,
    );
  }
  const taken = namedModels().find((model) => model.name === name);
  if (!taken || (taken.origin === 'added' && replace)) return;
  throw new UserError(
    taken.origin === 'added'
      ? `There is a model "${name}" already, ${taken.path}. Replace it with --replace, or give another name with --name.`
      : `"${name}" is the name of a model that comes with a package. Give another with --name.`,
  );
}

async function workingFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await mkdtemp(join(folder, '.adding-'));
  } catch (error) {
    throw explainFileError(error, 'write', folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}

async function copyModel(source: string, target: string, within = ''): Promise<string[]> {
  const entries = await readdir(source, { withFileTypes: true });
  // Links are followed: a model folder may share its weights with another one.
  for (const { name } of entries.filter((entry) => wanted.includes(entry.name))) {
    await copyFile(join(source, name), join(target, name));
  }
  const ignored = entries.map(({ name }) => name).filter((name) => !wanted.includes(name));
  // A detector's first look is a model of its own, in a folder of the detector's.
  if (within !== '' || !ignored.includes(firstLook)) return ignored.map((name) => `${within}${name}`);
  await mkdir(join(target, firstLook));
  const inner = await copyModel(join(source, firstLook), join(target, firstLook), `${firstLook}/`);
  return [...ignored.filter((name) => name !== firstLook), ...inner];
}

/** Unpacks the files of a model and nothing else: no links, no folders, no other names. */
async function unpack(
  archive: string,
  source: string,
  target: string,
  { sha256 }: AddModelOptions,
): Promise<string[]> {
  if (sha256 !== undefined) await checkDigest(archive, source, sha256);
  const ignored: string[] = [];
  const [unpacked, repeated] = [new Set<string>(), new Set<string>()];
  let bytes = 0;
  try {
    await extract({
      file: archive,
      cwd: target,
      strict: true,
      preserveOwner: false,
      filter: (path, entry) => {
        const parts = path.split('/').filter((part) => part !== '' && part !== '.');
        const file = parts.at(-1);
        const isFile = 'type' in entry && (entry.type === 'File' || entry.type === 'OldFile');
        const isWanted = isFile && file !== undefined && wanted.includes(file) && isOwnOrFirstLook(parts);
        if (isWanted) bytes += entry.size ?? 0;
        if (!isWanted && isFile) ignored.push(path);
        // Thrown here, an error would end the process.
        return isWanted && bytes <= mostUnpacked;
      },
      onReadEntry: (entry) => {
        const [folder, file] = entry.path.split('/').slice(-2) as [string, string | undefined];
        entry.path =
          folder === firstLook && file !== undefined ? `${firstLook}/${file}` : basename(entry.path);
        if (unpacked.has(entry.path)) repeated.add(entry.path);
        unpacked.add(entry.path);
      },
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${source} is no archive that can be read (.tar, .tar.gz, .tgz): ${reason}`, {
      cause: error,
    });
  }
  if (repeated.size > 0) {
    throw new UserError(
      `${source} has ${[...repeated].join(', ')} more than once: it holds several models. Pack each on its own.`,
    );
  }
  if (bytes > mostUnpacked) throw new UserError(`${source} unpacks to more than ${mostUnpacked} bytes.`);
  return ignored;
}

/** In the model's folder, which may have a name, or in its folder of a first look. */
function isOwnOrFirstLook(parts: readonly string[]): boolean {
  return parts.length <= 2 || (parts.length === 3 && parts[1] === firstLook);
}

async function checkDigest(archive: string, source: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest('hex');
  if (found === sha256.toLowerCase()) return;
  throw new UserError(
    `${source} is not what you mean: its SHA-256 is ${found}, not ${sha256.toLowerCase()}.`,
  );
}

async function checkModel(folder: string, source: string): Promise<void> {
  if (!isModelFolder(folder)) {
    throw new UserError(
      `${source} holds no model: ${modelFiles.config} and ${modelFiles.weights} are missing.`,
    );
  }
  try {
    await readModelFolder(folder);
    if (existsSync(join(folder, firstLook))) await readModelFolder(join(folder, firstLook));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The place it was unpacked to is gone when this is read.
    throw new UserError(error.message.replaceAll(folder, source), { cause: error });
  }
}

async function putInPlace(unpacked: string, path: string, place: string): Promise<void> {
  if (existsSync(path)) await rename(path, join(place, 'old'));
  await rename(unpacked, path);
}

async function download(address: string, target: string, options: AddModelOptions): Promise<void> {
  const { signal, onBytes } = options;
  const response = await fetch(address, { signal, redirect: 'follow' }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new UserError(`${address} cannot be fetched: ${reasonOf(cause)}`, { cause });
  });
  if (!response.ok || !response.body) {
    throw new UserError(`${address} cannot be fetched: status ${response.status}.`);
  }
  const total = Number(response.headers.get('content-length')) || undefined;
  let received = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      onBytes?.(received, total);
      if (received > mostBytes) done(new UserError(`${address} sends more than ${mostBytes} bytes.`));
      else done(null, chunk);
    },
  });
  try {
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, counted, createWriteStream(target), { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof UserError || (cause as NodeJS.ErrnoException).syscall === 'write') throw cause;
    throw new UserError(`${address} broke off after ${received} bytes: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
