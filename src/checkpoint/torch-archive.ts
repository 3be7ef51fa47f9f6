import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Entry, open as openZip, type ZipFile } from 'yauzl';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';

const STORED = 0;

/** The records of a zip archive as torch.save writes it, read one at a time. */
export class TorchArchive {
  private readonly zip: ZipFile;
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly path: string;
  /** torch.serialization.set_crc32_options(False) leaves them all 0. */
  readonly hasChecksums: boolean;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, path: string) {
    this.zip = zip;
    this.entries = entries;
    this.path = path;
    this.hasChecksums = [...entries.values()].some((entry) => entry.crc32 !== 0);
  }

  /**
   * Opens an archive and checks its directory. PyTorch stores records without compression, so none may be larger than
   * the file, nor all together: a small file cannot ask for much memory.
   * @throws UserError when it is no zip archive, is damaged, or is not what torch.save writes
   */
  static async open(path: string): Promise<TorchArchive> {
    const options = { lazyEntries: true, autoClose: false } as const;
    const zip = await promisify<string, typeof options, ZipFile>(openZip)(path, options).catch(
      (error: unknown) => {
        throw zipError(error, path);
      },
    );
    try {
      return new TorchArchive(zip, await readDirectory(zip, path), path);
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /**
   * Bytes of a record.
   * @param name without the folder that all records of an archive lie in, e.g. `data.pkl`, `data/0`
   */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.entries.get(name);
    if (!entry) throw new UserError(`${this.path} is no checkpoint of PyTorch: its archive has no ${name}`);
    const bytes = new Uint8Array(entry.uncompressedSize);
    let filled = 0;
    try {
      const stream = await promisify<Entry, NodeJS.ReadableStream>(this.zip.openReadStream.bind(this.zip))(
        entry,
      );
      for await (const chunk of stream) {
        bytes.set(chunk as Uint8Array, filled);
        filled += (chunk as Uint8Array).byteLength;
      }
    } catch (error) {
      throw zipError(error, this.path);
    }
    if (this.hasChecksums && crc32(bytes) !== entry.crc32) {
      throw new UserError(
        `${this.path} is damaged: the checksum of its record ${name} is wrong. Fetch it again.`,
      );
    }
    return bytes;
  }

  close(): void {
    this.zip.close();
  }
}

function readDirectory(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let total = 0;
  return new Promise((resolve, reject) => {
    zip.on('error', (error: unknown) => reject(zipError(error, path)));
    // A directory that claims to lie beyond all numbers is an error that yauzl throws rather than emits.
    const next = () => {
      try {
        zip.readEntry();
      } catch (error) {
        reject(zipError(error, path));
      }
    };
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      total += entry.uncompressedSize;
      if (entry.compressionMethod !== STORED || total > zip.fileSize) {
        const reason =
          entry.compressionMethod === STORED ? 'claims more bytes than the file has' : 'is compressed';
        reject(
          new UserError(
            `${path} was refused: its record ${entry.fileName} ${reason}; torch.save writes none such`,
          ),
        );
        return;
      }
      entries.set(entry.fileName.replace(/^[^/]*\//, ''), entry);
      next();
    });
    next();
  });
}

function zipError(error: unknown, path: string): unknown {
  const explained = explainFileError(error, 'read', path);
  if (explained !== error || !(error instanceof Error)) return explained;
  return new UserError(`${path} is truncated or damaged: ${error.message}. Fetch it again.`, {
    cause: error,
  });
}
