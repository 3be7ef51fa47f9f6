import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import { openLine } from '../../base/sealed-lines.js';
import type { TileResult } from './tile-record.js';
import { fromTileRecord, tileRecordSchema } from './tile-record.js';

/** How a scene was cut; the tiles of a journal only fit together if it stays so. */
export interface JournalHeader {
  readonly tileSize: number;
  readonly overlap: number;
}

const headerSchema = z.object({
  version: z.literal(1),
  tileSize: z.int().positive(),
  overlap: z.int().nonnegative(),
  /** Whether all lines have a checksum: those of journals that earlier versions began do not. */
  sealed: z.literal(true).optional(),
});

const recordSchema = tileRecordSchema.extend({ tile: z.int().nonnegative() });

/** What the file of a journal has in it. */
export interface ParsedJournal {
  /** Absent when the file is new. */
  readonly header?: JournalHeader;
  readonly finished: ReadonlyMap<number, TileResult>;
  readonly damagedLines: number;
  /** Length up to the last line that has its line feed. */
  readonly wholeBytes: number;
}

/**
 * Reads a journal; lines that are damaged count as if their tiles were not finished.
 * @param path for messages
 * @throws UserError when the first line is damaged, without which the others mean nothing, or says something else than another
 */
export function parseJournal(bytes: Uint8Array, path: string): ParsedJournal {
  const wholeBytes = bytes.lastIndexOf(10) + 1;
  const lines = Buffer.from(bytes.subarray(0, wholeBytes)).toString('utf8').split('\n').slice(0, -1);
  const finished = new Map<number, TileResult>();
  const [first, ...rest] = lines;
  if (first === undefined) return { finished, damagedLines: 0, wholeBytes };
  const header = parseHeader(first);
  if (!header) throw unusable(path, 'its first line, which says how the scene was cut, is damaged');
  let damagedLines = 0;
  for (const line of rest) {
    const record = parseRecord(line, header.sealed === true);
    const other = record ? undefined : parseHeader(line);
    if (record) {
      // Of several lines for a tile the last one counts: it may stand for one that does not fit the scene.
      finished.set(record.tile, fromTileRecord(record));
    } else if (!other) damagedLines++;
    else if (other.tileSize !== header.tileSize || other.overlap !== header.overlap) {
      throw unusable(path, 'two runs wrote into it that had cut the scene differently');
    }
  }
  return { header, finished, damagedLines, wholeBytes };
}

function parseHeader(line: string): z.infer<typeof headerSchema> | undefined {
  const opened = openLine(line);
  const parsed = headerSchema.safeParse(opened?.value);
  // A header that says it has a checksum must have it, and the other way round.
  return parsed.success && (parsed.data.sealed === true) === opened!.isSealed ? parsed.data : undefined;
}

function parseRecord(line: string, isSealed: boolean): z.infer<typeof recordSchema> | undefined {
  const opened = openLine(line);
  if (!opened || (isSealed && !opened.isSealed)) return undefined;
  return recordSchema.safeParse(opened.value).data;
}

function unusable(path: string, reason: string): UserError {
  return new UserError(`${path} cannot be used: ${reason}. Remove it to look at all tiles again.`);
}
