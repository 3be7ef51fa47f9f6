import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../../../base/errors.js';

/** A part of a file. */
export interface ByteRange {
  /** Of the file, for messages. */
  readonly name: string;
  readonly length: number;
  /** @throws UserError where it ends before */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A part of an open file, which stays the caller's to close. */
export function rangeOf(file: FileHandle, name: string, start: number, length: number): ByteRange {
  return {
    name,
    length,
    read: async (offset, count) => {
      if (offset + count > length) throw new UserError(`${name} cannot be read: it is cut short.`);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, start + offset);
      if (bytesRead < count) throw new UserError(`${name} cannot be read: it is cut short.`);
      return buffer;
    },
  };
}
