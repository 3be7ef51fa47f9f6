import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { isDiskFull } from '../../src/base/file-errors.js';
import { writeAtomically } from '../../src/base/write-atomically.js';
import { ProblemError } from '../problem.js';
import { folderBytes, syncFolder, writeSynced } from './durable-files.js';
import type { SceneLimits } from './scene-limits.js';
import type { SceneEnd, SceneOrder } from './scene-order.js';
import { sceneEndSchema, sceneFiles, sceneOrderSchema } from './scene-order.js';
import type { FindKeyId } from './scene-owner.js';
import { withOwnerId } from './scene-owner.js';

/** A job on the disk. */
export interface StoredScene {
  readonly order: SceneOrder;
  readonly folder: string;
  /** Absent until it has ended. */
  readonly end?: SceneEnd;
}

/** A scene on its way here. */
interface Upload extends Account {
  received: number;
}

interface Entry {
  order: SceneOrder;
  folder: string;
  end?: SceneEnd;
  /** On the disk. */
  bytes: number;
  /** Of those, what deep zoom tiles take: they can be made again. */
  pyramidBytes: number;
  /** When its deep zoom tiles were last asked for, as `performance.now()`. */
  viewed: number;
}

/** Hands over the bytes of an image, each piece once the one before is taken. */
export type Receive = (take: (piece: Uint8Array) => Promise<void>) => Promise<unknown>;

/** What is known of an image that has come. */
export type Describe = (image: string, id: string) => Promise<SceneOrder>;

/** Ends of the names of folders that are being filled or emptied. */
const unfinished = '.part';

/** Whose bytes are stored. */
export interface Account {
  /** Id of a key, where one was asked for. */
  readonly ownerId?: string;
  /** Bytes that all jobs of the owner may take; as many as there is room for by default. */
  readonly most?: number;
}

/**
 * The jobs of a server, each a folder, so that they outlive the process.
 *
 * A job exists from the moment its folder is renamed to its id: by then its files and the folder are on the disk, and only
 * then may its acceptance be told. It has ended when `end.json` is there. Whatever kills the process, a start finds each job
 * before or after such a step, never in between.
 */
export class SceneStore {
  readonly #folder: string;
  readonly #limits: SceneLimits;
  readonly #entries = new Map<string, Entry>();
  /** Bytes of the entries, and of uploads under way. */
  #bytes = 0;
  readonly #uploads = new Set<Upload>();
  /** Jobs that have ended, but not on the disk yet. */
  readonly #unsaved = new Set<Entry>();
  readonly #settled: SceneOrder[] = [];

  private constructor(folder: string, limits: SceneLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /**
   * Opens the store in a folder, which is made if need be; clears away what a killed process left half-written.
   * @param idOf finds the id of the key that has a name now; absent where the server asks for none
   * @throws the system's error when the folder cannot be written
   */
  static async open(folder: string, limits: SceneLimits, idOf?: FindKeyId): Promise<SceneStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = new SceneStore(folder, limits);
    for (const name of await readdir(folder)) await store.#load(name);
    if (idOf) await store.#settleOwners(idOf);
    return store;
  }

  /** Gives jobs that know the name of their owner alone the id of its key, or nobody's: once and for all. */
  async #settleOwners(idOf: FindKeyId): Promise<void> {
    for (const entry of this.#entries.values()) {
      const order = withOwnerId(entry.order, idOf);
      if (order === entry.order) continue;
      entry.order = order;
      this.#settled.push(order);
      try {
        await writeAtomically(join(entry.folder, sceneFiles.order), JSON.stringify(order));
      } catch (error) {
        // Until there is room, each start does it again.
        if (!isDiskFull(error)) throw error;
      }
      await this.measure(order.id);
    }
  }

  /** Jobs that have been given an owner's id as the store was opened. */
  get settled(): readonly SceneOrder[] {
    return this.#settled;
  }

  async #load(name: string): Promise<void> {
    const folder = join(this.#folder, name);
    if (name.endsWith(unfinished)) return rm(folder, { recursive: true, force: true });
    const order = await readJson(join(folder, sceneFiles.order), sceneOrderSchema);
    // Not made by this program, or by one that is newer: left alone.
    if (!order || order.id !== name) return;
    const end = await readJson(join(folder, sceneFiles.end), sceneEndSchema);
    const [bytes, pyramidBytes] = [
      await folderBytes(folder),
      await folderBytes(join(folder, sceneFiles.pyramid)),
    ];
    this.#entries.set(name, { order, folder, end, bytes, pyramidBytes, viewed: 0 });
    this.#bytes += bytes;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Uploads under way. */
  get uploads(): number {
    return this.#uploads.size;
  }

  all(): StoredScene[] {
    return [...this.#entries.values()];
  }

  /** Jobs of an owner that have not ended, those on their way here included. */
  unfinishedOf(ownerId: string): number {
    const stored = this.all().filter(({ order, end }) => order.ownerId === ownerId && !end);
    return stored.length + [...this.#uploads].filter((upload) => upload.ownerId === ownerId).length;
  }

  get(id: string): StoredScene | undefined {
    return this.#entries.get(id);
  }

  /** Jobs that have not ended, in the order they were accepted. */
  unfinished(): StoredScene[] {
    return [...this.#entries.values()]
      .filter(({ end }) => !end)
      .sort((a, b) => compare(a.order.created, b.order.created) || compare(a.order.id, b.order.id));
  }

  /**
   * Receives an image, and makes a job of it once all of it is on the disk.
   *
   * @param receive hands over the bytes of the image, piece by piece
   * @param describe looks at the file before it is accepted; what it throws refuses the job
   * @throws ProblemError 503 when the disk has no room, 429 when the owner's jobs take as much as they may; what
   *   `receive` and `describe` throw
   */
  async accept(receive: Receive, account: Account, describe: Describe): Promise<StoredScene> {
    const id = randomUUID();
    const incoming = join(this.#folder, `${id}${unfinished}`);
    const upload = { ...account, received: 0 };
    this.#uploads.add(upload);
    try {
      await this.#receive(receive, incoming, upload);
      const order = await describe(join(incoming, sceneFiles.image), id);
      await writeAtomically(join(incoming, sceneFiles.order), JSON.stringify(order));
      await syncFolder(incoming);
      const folder = join(this.#folder, id);
      await rename(incoming, folder);
      await syncFolder(this.#folder);
      const bytes = await folderBytes(folder);
      const entry = { order, folder, bytes, pyramidBytes: 0, viewed: 0 };
      this.#entries.set(id, entry);
      this.#bytes += bytes;
      return entry;
    } catch (error) {
      await rm(incoming, { recursive: true, force: true });
      throw error;
    } finally {
      this.#uploads.delete(upload);
      this.#bytes -= upload.received;
    }
  }

  async #receive(receive: Receive, folder: string, upload: Upload): Promise<void> {
    await mkdir(folder);
    await writeSynced(join(folder, sceneFiles.image), (write) =>
      receive(async (piece) => {
        await this.makeRoom(piece.byteLength, upload);
        upload.received += piece.byteLength;
        this.#bytes += piece.byteLength;
        await write(piece);
      }),
    );
    if (upload.received > 0) return;
    throw new ProblemError(400, 'bad_request', 'The request has no body. Send the image as the body.');
  }

  /**
   * Refuses what a client says is more than there can be room for. Nothing is removed for a number that anybody can write.
   * @throws ProblemError 413 for more than an owner may have at all, 503 where too much is not to be removed
   */
  checkLength(bytes: number, { most = Number.POSITIVE_INFINITY }: Account): void {
    if (bytes > most) {
      const detail = `The scene has ${bytes} bytes; all scenes of this key may have ${most}.`;
      throw new ProblemError(413, 'too_large', detail);
    }
    if (bytes > this.roomFor(undefined)) throw diskFull();
  }

  /**
   * Sees to it that so many bytes more fit on the disk: deep zoom tiles that nobody has looked at for longest go first, then
   * the jobs that ended first, the owner's own before others'.
   * @param spared a job whose files stay
   * @throws ProblemError 503 when that is not enough, 429 when the owner's jobs take as much as they may
   */
  async makeRoom(
    bytes: number,
    { spared, ownerId, most }: Account & { spared?: string } = {},
  ): Promise<void> {
    const isOwn = ({ order }: Entry) => order.ownerId === ownerId;
    while (most !== undefined && this.#bytesOf(ownerId) + bytes > most) {
      if (!(await this.#removeOne(spared, isOwn))) throw accountFull(most);
    }
    while (this.#bytes + bytes > this.#limits.diskBytes) {
      const removed = (await this.#removeOne(spared, isOwn)) || (await this.#removeOne(spared));
      if (!removed) throw diskFull();
    }
  }

  #bytesOf(ownerId: string | undefined): number {
    const some = [
      ...[...this.#entries.values()]
        .filter(({ order }) => order.ownerId === ownerId)
        .map(({ bytes }) => bytes),
      ...[...this.#uploads].filter((upload) => upload.ownerId === ownerId).map(({ received }) => received),
    ];
    return some.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Removes what can be spared most easily. @returns whether there was anything */
  async #removeOne(
    spared: string | undefined,
    isMeant: (entry: Entry) => boolean = () => true,
  ): Promise<boolean> {
    const others = [...this.#entries.values()].filter((entry) => entry.order.id !== spared && isMeant(entry));
    const viewed = others.filter(({ pyramidBytes }) => pyramidBytes > 0);
    const ended = others.filter(({ end }) => end);
    if (viewed.length > 0) await this.removePyramid(first(viewed, ({ viewed }) => viewed).order.id);
    else if (ended.length > 0) await this.remove(first(ended, ({ end }) => end!.finished).order.id);
    return viewed.length > 0 || ended.length > 0;
  }

  /** Bytes that deep zoom tiles of a scene may take when all that can go has gone. */
  roomFor(id: string | undefined): number {
    let kept = this.#bytes;
    for (const { order, end, bytes, pyramidBytes } of this.#entries.values()) {
      if (order.id !== id) kept -= end ? bytes : pyramidBytes;
    }
    return Math.max(0, this.#limits.diskBytes - kept);
  }

  /**
   * Writes down how a job ended; it is on the disk when the promise resolves. On a full disk it is remembered, and written by
   * `saveEnds`: a job is never kept from ending. Should the process be killed before, the next one ends the job anew.
   */
  async finish(id: string, end: SceneEnd): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    // First, as that makes room for the end.
    for (const name of [sceneFiles.journal, sceneFiles.attempts]) {
      await rm(join(entry.folder, name), { recursive: true, force: true });
    }
    entry.end = end;
    this.#unsaved.add(entry);
    await this.saveEnds();
    await this.measure(id);
  }

  /** Writes down the ends of jobs for which there was no room. */
  async saveEnds(): Promise<void> {
    for (const entry of [...this.#unsaved]) {
      try {
        await writeAtomically(join(entry.folder, sceneFiles.end), JSON.stringify(entry.end));
        await syncFolder(entry.folder);
      } catch (error) {
        if (isDiskFull(error)) return;
        throw error;
      }
      this.#unsaved.delete(entry);
    }
  }

  /** Takes account of files that were written into a job's folder. */
  async measure(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const bytes = await folderBytes(entry.folder);
    const pyramidBytes = await folderBytes(join(entry.folder, sceneFiles.pyramid));
    if (this.#entries.get(id) !== entry) return;
    this.#bytes += bytes - entry.bytes;
    Object.assign(entry, { bytes, pyramidBytes });
  }

  /** Remembers that the deep zoom tiles of a scene are in use. */
  touch(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.viewed = performance.now();
  }

  async removePyramid(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#bytes -= entry.pyramidBytes;
    entry.bytes -= entry.pyramidBytes;
    entry.pyramidBytes = 0;
    await rm(join(entry.folder, sceneFiles.pyramid), { recursive: true, force: true });
  }

  /** Removes a job and its files. */
  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#unsaved.delete(entry);
    this.#bytes -= entry.bytes;
    // Renamed first, so that no start ever finds half of it.
    const leaving = `${entry.folder}${unfinished}`;
    await rename(entry.folder, leaving);
    await rm(leaving, { recursive: true, force: true });
  }

  /**
   * Removes the jobs that ended too long ago.
   * @returns their ids
   */
  async removeOld(now = Date.now()): Promise<string[]> {
    const oldest = new Date(now - 1000 * this.#limits.keptSeconds).toISOString();
    const old = [...this.#entries.values()].filter(({ end }) => end && end.finished < oldest);
    for (const { order } of old) await this.remove(order.id);
    return old.map(({ order }) => order.id);
  }
}

function diskFull(): ProblemError {
  const detail = 'The server has no room for more scenes until others have ended. Try again.';
  return new ProblemError(503, 'disk_full', detail);
}

function accountFull(most: number): ProblemError {
  const detail = `The scenes of this key that have not ended take the ${most} bytes that it may have. Try again.`;
  return new ProblemError(429, 'key_limit', detail);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function first<Item>(items: readonly Item[], key: (item: Item) => string | number): Item {
  return items.reduce((least, item) => (key(item) < key(least) ? item : least));
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
