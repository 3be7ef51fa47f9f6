import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';

/** The files that weights lie in. */
export interface CheckpointFiles {
  readonly paths: readonly string[];
  /** All tensors there have to be, where that is known. */
  readonly names?: readonly string[];
}

/** What transformers and timm call their files, best first. */
const usualNames = [
  'model.safetensors.index.json',
  'model.safetensors',
  'pytorch_model.bin.index.json',
  'pytorch_model.bin',
];
const endings = ['.safetensors', '.pth', '.pt', '.bin', '.ckpt'];
const shardPattern = /^(.*)-\d{5}-of-\d{5}(\.safetensors|\.bin)$/;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/**
 * Finds the files of a checkpoint.
 * @param path of a file, of an index of several, of one of several, or of a folder with one of these
 * @throws UserError when there is none, or several to choose from
 */
export async function findCheckpoint(path: string): Promise<CheckpointFiles> {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? fileOfFolder(path) : path;
  if (file.endsWith('.index.json')) return readIndex(file);
  const [, stem, ending] = shardPattern.exec(basename(file)) ?? [];
  if (stem === undefined) return { paths: [file] };
  const index = join(dirname(file), `${stem}${ending}.index.json`);
  if (existsSync(index)) return readIndex(index);
  throw new UserError(
    `${file} is one of several files of a model; which, says ${basename(index)}, and it is not there. Fetch all of them.`,
  );
}

function fileOfFolder(folder: string): string {
  const usual = usualNames.map((name) => join(folder, name)).find((file) => existsSync(file));
  if (usual) return usual;
  const others = readdirSync(folder).filter((name) => endings.includes(extname(name).toLowerCase()));
  if (others.length === 1) return join(folder, others[0]!);
  const reason =
    others.length === 0
      ? `has no checkpoint (${usualNames.filter((name) => !name.endsWith('.json')).join(', ')})`
      : `has several checkpoints: name one of ${others.join(', ')}`;
  throw new UserError(`${folder} ${reason}.`);
}

async function readIndex(path: string): Promise<CheckpointFiles> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  const map = parseIndex(text);
  if (!map) throw new UserError(`${path} is no index of a model's files: it has no weight_map.`);
  const files = [...new Set(Object.values(map))];
  const outside = files.find((name) => basename(name) !== name || name === '..');
  if (outside !== undefined) {
    throw new UserError(`${path} was refused: it names ${outside}, which is not a file beside it.`);
  }
  return { paths: files.map((name) => join(dirname(path), name)), names: Object.keys(map) };
}

function parseIndex(text: string): Readonly<Record<string, string>> | undefined {
  try {
    return indexSchema.parse(JSON.parse(text)).weight_map;
  } catch {
    return undefined;
  }
}
