import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { UserError } from './errors.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file whose objects may extend other files: `"extends": "./other.json"`, or a list of files of which later
 * ones win. What an object says itself wins over what it extends; objects are merged key by key, anything else is
 * replaced whole. Paths are relative to the file that names them.
 * @param kind what to call the file in errors, e.g. `training configuration`
 * @throws UserError naming the file that is missing, is no JSON, or extends itself
 */
export async function readExtendingJson(path: string, kind: string): Promise<unknown> {
  return readFrom({ kind, chain: [path] });
}

interface Place {
  readonly kind: string;
  /** The files that led here, the one to read last. */
  readonly chain: readonly string[];
}

async function readFrom(place: Place): Promise<unknown> {
  const path = place.chain.at(-1)!;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(`Cannot read the ${place.kind} ${path}${via(place)}: does it exist?`, { cause });
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path}${via(place)} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  return extended(parsed, place);
}

/** Resolves `extends` in a value and in everything inside it. */
async function extended(value: unknown, place: Place): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => extended(one, place)));
  if (!isObject(value)) return value;
  const { extends: bases, ...own } = value;
  const entries = await Promise.all(
    Object.entries(own).map(async ([key, inner]) => [key, await extended(inner, place)] as const),
  );
  let result: JsonObject = {};
  for (const base of pathsOf(bases, place)) {
    const from = await readFrom({ ...place, chain: [...place.chain, base] });
    if (!isObject(from)) {
      throw new UserError(`${base}, which ${place.chain.at(-1)} extends, must hold an object.`);
    }
    result = merged(result, from);
  }
  return merged(result, Object.fromEntries(entries));
}

function pathsOf(bases: unknown, { chain }: Place): readonly string[] {
  const path = chain.at(-1)!;
  const names = bases === undefined ? [] : Array.isArray(bases) ? bases : [bases];
  return names.map((name: unknown) => {
    if (typeof name !== 'string' || name === '') {
      throw new UserError(`${path}: "extends" must be the path of a JSON file or a list of such paths.`);
    }
    const base = resolve(dirname(path), name);
    if (chain.some((file) => resolve(file) === base)) {
      const circle = [...chain, relative('', base)].join(' extends ');
      throw new UserError(`Configurations extend each other in a circle: ${circle}.`);
    }
    return relative('', base) || base;
  });
}

function merged(base: JsonObject, over: JsonObject): JsonObject {
  const changed = Object.entries(over).map(([key, value]) => {
    const inherited = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, isObject(inherited) && isObject(value) ? merged(inherited, value) : value];
  });
  return { ...base, ...Object.fromEntries(changed) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function via({ chain }: Place): string {
  return chain.length > 1 ? `, which ${chain.at(-2)} extends,` : '';
}
