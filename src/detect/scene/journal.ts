import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from '../../base/file-errors.js';
import type { Lock } from '../../base/lock-folder.js';
import { lockPath } from '../../base/lock-folder.js';
import { sealedLine } from '../../base/sealed-lines.js';
import type { JournalHeader } from './parse-journal.js';
import { parseJournal } from './parse-journal.js';
import type { TileResult } from './tile-record.js';
import { toTileRecord } from './tile-record.js';

/**
 * The finished tiles of a scene, one line of JSON each, in a file that is only ever appended to.
 *
 * A line counts once it ends with a line feed and its checksum is right; it is on the disk before the tile is reported as
 * done. Whatever kills the process, at most the line being written is lost, and is cut off when the file is opened again;
 * a line that is damaged otherwise is passed over, so that its tile is computed again. Numbers are written so that they
 * read back bit by bit, so a resumed run ends with the same output.
 */
export class Journal {
  readonly header: JournalHeader;
  /** By index of the tile. */
  readonly finished: ReadonlyMap<number, TileResult>;
  /** Lines passed over because they were damaged. */
  readonly damagedLines: number;
  readonly #file: FileHandle;
  readonly #lock: Lock;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    file: FileHandle,
    lock: Lock,
    header: JournalHeader,
    { finished, damagedLines }: Pick<Journal, 'finished' | 'damagedLines'>,
  ) {
    this.#file = file;
    this.#lock = lock;
    this.header = header;
    this.finished = finished;
    this.damagedLines = damagedLines;
  }

  /**
   * Opens the journal of a scene, or starts it, and keeps other runs out of it until it is closed.
   * @param folder made if it does not exist
   * @param key stands for everything that results depend on; each has a journal of its own, so that changed options
   *   neither use nor destroy what others have found
   * @param fresh header of a new journal
   * @throws UserError when another run has the journal open, its header is damaged, or the folder cannot be written
   */
  static async open(folder: string, key: string, fresh: JournalHeader): Promise<Journal> {
    const path = join(folder, `${key}.jsonl`);
    try {
      await mkdir(folder, { recursive: true });
      const lock = await lockPath(
        join(folder, `${key}.lock`),
        path,
        'Wait until it is done, or give this run another state folder.',
      );
      try {
        return await Journal.#openLocked(path, lock, fresh);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw explainFileError(error, 'write', path);
    }
  }

  static async #openLocked(path: string, lock: Lock, fresh: JournalHeader): Promise<Journal> {
    const file = await open(path, 'a+');
    try {
      const found = parseJournal(await readFile(path), path);
      // What a kill left half-written.
      await file.truncate(found.wholeBytes);
      const journal = new Journal(file, lock, found.header ?? fresh, found);
      if (!found.header) await journal.#append({ version: 1, sealed: true, ...fresh });
      return journal;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Aborts when another run has taken the journal because this one seemed dead to it. */
  get lost(): AbortSignal {
    return this.#lock.lost;
  }

  /** Writes down a finished tile; it is on the disk when the promise resolves. */
  async add(tile: number, result: TileResult): Promise<void> {
    await this.#append({ tile, ...toTileRecord(result) });
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
    await this.#lock.release();
  }

  #append(line: object): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      await this.#file.appendFile(`${sealedLine(line)}\n`);
      await this.#file.datasync();
    });
    return this.#writing;
  }
}
