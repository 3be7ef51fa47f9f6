import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { configForFile, parameterShapesOf } from '../../models/model-config.js';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';
import { replaceFile } from '../base/replace-file.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { checkFinite } from '../tensor/named-arrays.js';
import { checkWeights } from './check-weights.js';
import { numberToHalf } from './half-precision.js';
import type { CheckedDescription, ModelDescription } from './model-description.js';
import { configSchema, modelFiles as files, parseDescription, parseJson } from './model-description.js';
import type { WritableTensor } from './safetensors.js';
import { readSafetensors, toFloat32, writeSafetensors } from './safetensors.js';

/** All there is to know about a model: what `--model` of every command refers to. */
export interface ModelFolder extends ModelDescription {
  readonly path: string;
  readonly weights: NamedArrays;
}

/** Whether a path is a folder that {@link readModelFolder} would try to read. */
export function isModelFolder(path: string): boolean {
  return existsSync(join(path, files.config)) && existsSync(join(path, files.weights));
}

/**
 * Reads a model folder: config.json, labels.json and model.safetensors.
 * @throws UserError naming file and field or tensor, when a file is missing or malformed, when weights are missing,
 *   unexpected, of a wrong shape or not finite, when they are not those whose checksum config.json has, or when there are
 *   not as many labels as classes
 */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const { checksum, ...description } = await readAll(path);
  const { config } = description;
  const weightsPath = join(path, files.weights);
  const { tensors, crc32 } = await readSafetensors(weightsPath);
  const weights = toFloat32(tensors);
  checkWeights(weights, parameterShapesOf(config), weightsPath);
  checkFinite(weights, weightsPath);
  // Last: what is wrong with them in particular says more.
  checkSum(checksum, crc32, path);
  return { path, ...description, weights };
}

/**
 * Reads what a model folder says of the model, without its weights.
 * @throws UserError as {@link readModelFolder}
 */
export async function readDescription(path: string): Promise<ModelDescription> {
  const { checksum: _checksum, ...description } = await readAll(path);
  return description;
}

async function readAll(path: string): Promise<CheckedDescription> {
  const [configPath, labelsPath] = [join(path, files.config), join(path, files.labels)];
  return parseDescription(
    { source: configPath, text: await readText(configPath) },
    { source: labelsPath, text: await readText(labelsPath) },
  );
}

function checkSum(expected: readonly string[] | undefined, found: number, path: string): void {
  if (!expected || expected.includes(hexadecimal(found))) return;
  throw new UserError(
    `${join(path, files.weights)} is damaged, or not the file that ${join(path, files.config)} was written with: its ` +
      `checksum is ${hexadecimal(found)} instead of ${expected.join(' or ')}. Fetch or write it again; if it was ` +
      'replaced on purpose, remove "weightsChecksum" from the configuration.',
  );
}

function hexadecimal(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}

/**
 * Whether a model folder holds a detector, by its config.json alone.
 * @throws UserError when the file is missing or malformed
 */
export async function holdsDetector(path: string): Promise<boolean> {
  const schema = z.object({ model: z.object({ type: z.string() }) });
  const config = join(path, files.config);
  return parseJson({ source: config, text: await readText(config) }, schema).model.type === 'detector';
}

/**
 * Refuses to write a model among other files: the target must be new, empty, or a model folder to be replaced.
 * @throws UserError otherwise
 */
export function checkModelTarget(path: string): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory())
    throw new UserError(`${path} is a file; give a folder to write the model to`);
  if (readdirSync(path).length === 0 || isModelFolder(path)) return;
  throw new UserError(`${path} holds other files; give a new folder, or one with a model to replace`);
}

async function readConfig(path: string): Promise<z.infer<typeof configSchema>> {
  return parseJson({ source: path, text: await readText(path) }, configSchema);
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
}

/** What a model folder's weights are stored as: F16 takes half the space and keeps 11 bits of each number. */
export const storageTypes = ['F32', 'F16'] as const;
export type StorageType = (typeof storageTypes)[number];

/**
 * Writes a model folder, creating it if need be. Each file is replaced as a whole, the configuration last; wherever a kill
 * ends that, there is a model in the folder that can be read.
 * @param card text of README.md in Markdown: what the model is, its data, its licence
 * @throws UserError when the weights are not those of the model, or the folder cannot be written
 */
export async function writeModelFolder(
  path: string,
  model: Omit<ModelFolder, 'path'>,
  card: string,
  storage: StorageType = 'F32',
): Promise<void> {
  const { config, preprocessing, labels, tasks, gsd, operatingPoint, about, weights } = model;
  checkWeights(weights, parameterShapesOf(config), `the model for ${path}`);
  try {
    await mkdir(path, { recursive: true });
    const sum = await replaceFile(
      join(path, files.weights),
      (partial) => writeSafetensors(partial, stored(weights, storage)),
      (written) => announceWeights(path, hexadecimal(written)),
    );
    await replaceText(join(path, files.labels), formatJson(labels));
    await replaceText(join(path, files.card), card);
    const weightsChecksum = [hexadecimal(sum)];
    const facts = { tasks, gsd, operatingPoint, about };
    const description = { model: configForFile(config), preprocessing, ...facts, weightsChecksum };
    await replaceText(join(path, files.config), formatJson(description));
  } catch (error) {
    throw explainFileError(error, 'write', path);
  }
}

/** Adds the checksum of the weights that come next to a configuration that is about to be replaced as well. */
async function announceWeights(path: string, sum: string): Promise<void> {
  const configPath = join(path, files.config);
  if (!existsSync(configPath)) return;
  const old = await readConfig(configPath).catch(() => undefined);
  if (!old?.weightsChecksum) return;
  const weightsChecksum = [...old.weightsChecksum, sum];
  await replaceText(configPath, formatJson({ ...old, weightsChecksum }));
}

function stored(weights: NamedArrays, storage: StorageType): Record<string, WritableTensor> {
  if (storage === 'F32') return weights;
  const entries = Object.entries(weights).map(([name, { shape, data }]) => {
    return [name, { dtype: storage, shape, data: Uint16Array.from(data, numberToHalf) }] as const;
  });
  return Object.fromEntries(entries);
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function replaceText(path: string, text: string): Promise<void> {
  await replaceFile(path, (partial) => writeFile(partial, text));
}
