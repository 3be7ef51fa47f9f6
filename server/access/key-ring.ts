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
 * that wait or run, of bytes on the disk, and whether it is an operator's; as in
 * `alice sha256:9f86d0… 600 scenes=4 disk=1000000000 admin`. Lines that are empty or begin with # do not count.
 */
const line = /^(?<name>[\w.-]{1,64})\s+sha256:(?<hash>[0-9a-f]{64})(?<rest>(?:\s+\S+)*)$/;

const wordPatterns = {
  rate: /^(?:rate=)?([1-9]\d{0,8})$/,
  scenes: /^scenes=([1-9]\d{0,8})$/,
  disk: /^disk=([1-9]\d{0,15})$/,
} as const;

/** @returns undefined for a word that means nothing, or one that is given twice */
function readWords(words: readonly string[]): Pick<KeyHolder, 'isAdmin' | 'limits'> | undefined {
  const limits: { -readonly [Name in keyof KeyLimits]: number } = {};
  let isAdmin = false;
  for (const word of words) {
    const found = Object.entries(wordPatterns).find(([, pattern]) => pattern.test(word));
    const name = found?.[0] as keyof KeyLimits | undefined;
    if (word === 'admin' && !isAdmin) isAdmin = true;
    else if (name && limits[name] === undefined) limits[name] = Number(found![1].exec(word)![1]);
    else return undefined;
  }
  return { isAdmin, limits };
}

/**
 * Keys are random and long, so one round of SHA-256 is enough to store them by: there is nothing to guess, as with
 * passwords.
 */
function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** A new key, and the line that makes a server accept it. */
export function makeKey(
  name: string,
  { rate, scenes, disk, isAdmin }: KeyLimits & Partial<Pick<KeyHolder, 'isAdmin'>> = {},
): { key: string; line: string } {
  const key = `vil_${randomBytes(32).toString('base64url')}`;
  const words = [
    name,
    `sha256:${hashOf(key).toString('hex')}`,
    rate,
    scenes && `scenes=${scenes}`,
    disk && `disk=${disk}`,
    isAdmin && 'admin',
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
            '[scenes=<count>] [disk=<bytes>] [admin]; "vil serve-key" makes such lines.',
        );
      }
      const { name, hash } = found;
      if (entries.some((entry) => entry.name === name)) {
        throw new UserError(`${path}, line ${index + 1}: there is another key of the name ${name}.`);
      }
      entries.push({ name, hash: Buffer.from(hash, 'hex'), ...special });
    }
    if (entries.length === 0) throw new UserError(`${path} has no keys, so nobody could use the server.`);
    return new KeyRing(entries);
  }

  /** Who a key belongs to. Takes the same time whether and where it is in the ring. */
  find(key: string): KeyHolder | undefined {
    const hash = hashOf(key);
    let holder: Entry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) holder = entry;
    return holder && { name: holder.name, isAdmin: holder.isAdmin, limits: holder.limits };
  }
}
