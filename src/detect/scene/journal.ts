import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { explainFileError } from '../../base/file-errors.js';
import type { TileResult } from './tile-record.js';
import { fromTileRecord, tileRecordSchema, toTileRecord } from './tile-record.js';

/** How a scene was cut; the tiles of a journal only fit together if it stays so. */
export interface JournalHeader {
  readonly tileSize: number;
  readonly overlap: number;
}

const headerSchema = z.object({
  version: z.literal(1),
  tileSize: z.int().positive(),
  overlap: z.int().nonnegative(),
});

const recordSchema = tileRecordSchema.extend({ tile: z.int().nonnegative() });

/**
 * The finished tiles of a scene, one line of JSON each, in a file that is only ever appended to.
 *
 * A line counts once it ends with a line feed; it is on the disk before the tile is reported as done. Whatever kills the
 * process, at most the line being written is lost, and is cut off when the file is opened again. Numbers are written so
 * that they read back bit by bit, so a resumed run ends with the same output.
 */
export class Journal {
  readonly header: JournalHeader;
  /** By index of the tile. */
  readonly finished: ReadonlyMap<number, TileResult>;
  readonly #file: FileHandle;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, header: JournalHeader, finished: ReadonlyMap<number, TileResult>) {
    this.#file = file;
    this.header = header;
    this.finished = finished;
  }

  /**
   * Opens the journal of a scene, or starts it.
   * @param folder made if it does not exist
   * @param key stands for everything that results depend on; each has a journal of its own, so that changed options
   *   neither use nor destroy what others have found
   * @param fresh header of a new journal
   */
  static async open(folder: string, key: string, fresh: JournalHeader): Promise<Journal> {
    const path = join(folder, `${key}.jsonl`);
    try {
      await mkdir(folder, { recursive: true });
      const file = await open(path, 'a+');
      const { header, finished, validBytes } = parseJournal(await readFile(path));
      // What a kill left half-written.
      await file.truncate(validBytes);
      const journal = new Journal(file, header ?? fresh, finished);
      if (!header) await journal.#append({ version: 1, ...fresh });
      return journal;
    } catch (error) {
      throw explainFileError(error, 'write', path);
    }
  }

  /** Writes down a finished tile; it is on the disk when the promise resolves. */
  async add(tile: number, result: TileResult): Promise<void> {
    await this.#append({ tile, ...toTileRecord(result) });
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
  }

  #append(line: object): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      await this.#file.appendFile(`${JSON.stringify(line)}\n`);
      await this.#file.datasync();
    });
    return this.#writing;
  }
}

/** The records up to the first that is not whole. */
function parseJournal(bytes: Uint8Array): {
  header: JournalHeader | undefined;
  finished: Map<number, TileResult>;
  validBytes: number;
} {
  const finished = new Map<number, TileResult>();
  let header: JournalHeader | undefined;
  let start = 0;
  for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
    const line = parseLine(bytes.subarray(start, end));
    if (!header) {
      const parsed = headerSchema.safeParse(line);
      if (!parsed.success) break;
      header = parsed.data;
    } else {
      const parsed = recordSchema.safeParse(line);
      if (!parsed.success) break;
      // Should two processes have worked on the scene, both found the same; the first to write counts.
      if (!finished.has(parsed.data.tile)) finished.set(parsed.data.tile, fromTileRecord(parsed.data));
    }
    start = end + 1;
  }
  return { header, finished, validBytes: start };
}

function parseLine(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
