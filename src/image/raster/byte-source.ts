import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { checkPlace } from '../../base/places.js';
import type { ImageSource } from '../source.js';

/** A file of which pieces can be read: here, in memory, or behind a server. */
export interface ByteSource {
  /** Bytes; Infinity where a server does not say. */
  readonly size: number;
  /** @returns fewer bytes where the file ends before; they may be changed */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/**
 * Opens a local file.
 * @throws UserError where it may not be opened, see `checkPlace`
 */
export async function openLocalBytes(path: string): Promise<ByteSource> {
  await checkPlace(path);
  const file = await open(path);
  try {
    return new LocalBytes(file, (await file.stat()).size);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class LocalBytes implements ByteSource {
  readonly size: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    let at = 0;
    // A read may give less than it is asked for.
    while (at < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, at, bytes.length - at, offset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** A file that is in memory. */
export function memoryBytes(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    close: async () => undefined,
  };
}

/** The bytes of an image: of a local file, or those that are given. */
export async function openBytes(source: ImageSource): Promise<ByteSource> {
  return typeof source === 'string' ? openLocalBytes(source) : memoryBytes(source);
}
