import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';

/** What a key may have, where it is not as much as others. */
export interface KeyLimits {
  /** Requests a minute. */
  readonly rate?: number;
  /** Scenes that wait or run. */
  readonly scenes?: number;
  /** Bytes of scenes, results and tiles. */
  readonly disk?: number;
}

/** Who a key was given to. */
export interface KeyHolder {
  readonly name: string;
  /**
   * 16 hexadecimal digits that what the holder sends belongs to: the beginning of the key's hash, unless the line says another,
   * as that of a renewed key does. A name may be given to somebody else later; an id never is.
   */
  readonly id: string;
  /** Whether it is an operator's: one that sees the scenes of all keys. */
  readonly isAdmin: boolean;
  readonly limits: KeyLimits;
}

interface Entry extends KeyHolder {
  readonly hash: Buffer;
}

/** What names of keys look like: they are written in a file, in logs, and as labels of metrics. */
export const keyName = /^[\w.-]{1,64}$/;

/**
 * A line of a file of keys: name, hash, then what is special about it: a limit of its own in requests a minute, of scenes
 * that wait or run, of bytes on the disk, whether it is an operator's, and its id where that is not the hash's beginning; as in
 * `alice sha256:9f86d0… 600 scenes=4 disk=1000000000 admin id=60303ae22b998861`. Lines that are empty or begin with # do not count.
 */
const line = /^(?<name>[\w.-]{1,64})\s+sha256:(?<hash>[0-9a-f]{64})(?<rest>(?:\s+\S+)*)$/;

const wordPatterns = {
  rate: /^(?:rate=)?([1-9]\d{0,8})$/,
  scenes: /^scenes=([1-9]\d{0,8})$/,
  disk: /^disk=([1-9]\d{0,15})$/,
} as const;

const idPattern = /^id=([0-9a-f]{16})$/;

type SpecialWords = Pick<KeyHolder, 'isAdmin' | 'limits'> & { readonly id?: string };

/** @returns undefined for a word that means nothing, or one that is given twice */
function readWords(words: readonly string[]): SpecialWords | undefined {
  const limits: { -readonly [Name in keyof KeyLimits]: number } = {};
  let isAdmin = false;
  let id: string | undefined;
  for (const word of words) {
    const foundId = idPattern.exec(word)?.[1];
    const found = Object.entries(wordPatterns).find(([, pattern]) => pattern.test(word));
    const name = found?.[0] as keyof KeyLimits | undefined;
    if (word === 'admin' && !isAdmin) isAdmin = true;
    else if (foundId !== undefined && id === undefined) id = foundId;
    else if (name && limits[name] === undefined) limits[name] = Number(found![1].exec(word)![1]);
    else return undefined;
  }
  return { isAdmin, limits, id };
}

/**
 * Keys are random and long, so one round of SHA-256 is enough to store them by: there is nothing to guess, as with
 * passwords.
 */
function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** The id of a key whose line says none. @param hash 64 hexadecimal digits */
function idOf(hash: string): string {
  return hash.slice(0, 16);
}

/** A new key, and the line that makes a server accept it. @param id of the key that it takes the place of */
export function makeKey(
  name: string,
  { rate, scenes, disk, isAdmin, id }: KeyLimits & Partial<Pick<KeyHolder, 'isAdmin' | 'id'>> = {},
): { key: string; line: string } {
  const key = `vil_${randomBytes(32).toString('base64url')}`;
  const words = [
    name,
    `sha256:${hashOf(key).toString('hex')}`,
    rate,
    scenes && `scenes=${scenes}`,
    disk && `disk=${disk}`,
    isAdmin && 'admin',
    id && `id=${id}`,
  ];
  return { key, line: words.filter(Boolean).join(' ') };
}

/** The keys that a server accepts. */
export class KeyRing {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** @throws UserError naming the file and the line that is wrong */
  static async read(path: string): Promise<KeyRing> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw explainFileError(error, 'read', path);
    });
    return KeyRing.parse(text, path);
  }

  static parse(text: string, path: string): KeyRing {
    const entries: Entry[] = [];
    for (const [index, written] of text.split(/\r?\n/).entries()) {
      const content = written.trim();
      if (content === '' || content.startsWith('#')) continue;
      const found = line.exec(content)?.groups as { name: string; hash: string; rest: string } | undefined;
      const special = found && readWords(found.rest.split(/\s+/).filter(Boolean));
      if (!special) {
        throw new UserError(
          `${path}, line ${index + 1}: not a key. Write: name sha256:<64 hexadecimal digits> [requests a minute] ` +
            '[scenes=<count>] [disk=<bytes>] [admin] [id=<16 hexadecimal digits>]; "vil serve-key" makes such lines.',
        );
      }
      const { name, hash } = found;
      const { id = idOf(hash), isAdmin, limits } = special;
      for (const [what, isTaken] of [
        [`name ${name}`, entries.some((entry) => entry.name === name)],
        [`id ${id}`, entries.some((entry) => entry.id === id)],
      ] as const) {
        if (isTaken) throw new UserError(`${path}, line ${index + 1}: there is another key of the ${what}.`);
      }
      entries.push({ name, id, hash: Buffer.from(hash, 'hex'), isAdmin, limits });
    }
    if (entries.length === 0) throw new UserError(`${path} has no keys, so nobody could use the server.`);
    return new KeyRing(entries);
  }

  /** Who a key belongs to. Takes the same time whether and where it is in the ring. */
  find(key: string): KeyHolder | undefined {
    const hash = hashOf(key);
    let holder: Entry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) holder = entry;
    return holder && holderOf(holder);
  }

  /** Who has a name now. */
  named(name: string): KeyHolder | undefined {
    const found = this.#entries.find((entry) => entry.name === name);
    return found && holderOf(found);
  }
}

function holderOf({ name, id, isAdmin, limits }: Entry): KeyHolder {
  return { name, id, isAdmin, limits };
}

/**
 * A file of keys in which one has been renewed: another key, of the same name, id and limits.
 * @param text of the file
 * @throws UserError when there is none of the name
 */
export function renewKey(text: string, path: string, name: string): { key: string; text: string } {
  const holder = KeyRing.parse(text, path).named(name);
  if (!holder) throw new UserError(`${path} has no key of the name ${name} that could be renewed.`);
  const { key, line: renewed } = makeKey(name, { ...holder.limits, isAdmin: holder.isAdmin, id: holder.id });
  const lines = text.split(/(?<=\n)/).map((written) => {
    const isMeant = line.exec(written.trim())?.groups?.name === name;
    return isMeant ? `${renewed}${/\r?\n$/.exec(written)?.[0] ?? ''}` : written;
  });
  return { key, text: lines.join('') };
}
