import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { openLine, sealedLine } from '../src/base/sealed-lines.js';

const outcome = z.object({
  figures: z.record(z.string(), z.number()).optional(),
  failure: z
    .object({
      /** `skipped`: a smaller image of the same model and engine had failed before. */
      reason: z.enum(['memory', 'time', 'error', 'skipped']),
      message: z.string(),
    })
    .optional(),
});

const record = outcome.extend({
  name: z.string(),
  finishedAt: z.iso.datetime(),
  threads: z.number(),
  memoryOnly: z.boolean(),
  /** Limits under which a row failed that has no figures. */
  limits: z.string(),
});

/** A finished row's figures, or why there are none. */
export type RowOutcome = z.infer<typeof outcome>;
/** A finished row in the journal. */
export type RowRecord = z.infer<typeof record>;

/**
 * Finished rows in a file of JSON lines, so that an interrupted run goes on where it was. A line is written
 * when its row is done, with a checksum; one cut short by a crash or damaged is left out, and its row
 * measured again.
 */
export class Journal {
  readonly #path: string;
  readonly #records = new Map<string, RowRecord>();

  private constructor(path: string) {
    this.#path = path;
  }

  /** Opens a journal, which need not exist yet. Of several lines for a row the last one counts. */
  static async open(path: string): Promise<Journal> {
    const journal = new Journal(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    for (const each of text.split('\n').map(parseLine)) if (each) journal.#records.set(each.name, each);
    return journal;
  }

  find(name: string): RowRecord | undefined {
    return this.#records.get(name);
  }

  /** The last record of every row. */
  get records(): readonly RowRecord[] {
    return [...this.#records.values()];
  }

  async add(added: RowRecord): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    // The line break in front separates the line from one that a crash may have cut short.
    await appendFile(this.#path, `\n${sealedLine(added)}\n`);
    this.#records.set(added.name, added);
  }
}

function parseLine(line: string): RowRecord | undefined {
  // Journals that earlier versions began have lines without a checksum.
  return record.safeParse(openLine(line)?.value).data;
}
