import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';

/** Who a key was given to. */
export interface KeyHolder {
  readonly name: string;
  /** Requests a minute, where it is not the server's own limit. */
  readonly rate?: number;
}

interface Entry extends KeyHolder {
  readonly hash: Buffer;
}

/** What names of keys look like: they are written in a file, in logs, and as labels of metrics. */
export const keyName = /^[\w.-]{1,64}$/;

/**
 * A line of a file of keys: name, hash, and a limit of its own in requests a minute, as in
 * `alice sha256:9f86d0… 600`. Lines that are empty or begin with # do not count.
 */
const line = /^(?<name>[\w.-]{1,64})\s+sha256:(?<hash>[0-9a-f]{64})(?:\s+(?<rate>[1-9]\d{0,8}))?$/;

/**
 * Keys are random and long, so one round of SHA-256 is enough to store them by: there is nothing to guess, as with
 * passwords.
 */
function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** A new key, and the line that makes a server accept it. */
export function makeKey(name: string, rate?: number): { key: string; line: string } {
  const key = `vil_${randomBytes(32).toString('base64url')}`;
  const limit = rate === undefined ? '' : ` ${rate}`;
  return { key, line: `${name} sha256:${hashOf(key).toString('hex')}${limit}` };
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
      const found = line.exec(content)?.groups;
      if (!found) {
        throw new UserError(
          `${path}, line ${index + 1}: not a key. Write: name sha256:<64 hexadecimal digits> [requests a minute]; ` +
            '"vil serve-key" makes such lines.',
        );
      }
      const { name, hash, rate } = found as { name: string; hash: string; rate?: string };
      if (entries.some((entry) => entry.name === name)) {
        throw new UserError(`${path}, line ${index + 1}: there is another key of the name ${name}.`);
      }
      entries.push({
        name,
        hash: Buffer.from(hash, 'hex'),
        rate: rate === undefined ? undefined : Number(rate),
      });
    }
    if (entries.length === 0) throw new UserError(`${path} has no keys, so nobody could use the server.`);
    return new KeyRing(entries);
  }

  /** Who a key belongs to. Takes the same time whether and where it is in the ring. */
  find(key: string): KeyHolder | undefined {
    const hash = hashOf(key);
    let holder: Entry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) holder = entry;
    return holder && { name: holder.name, rate: holder.rate };
  }
}
