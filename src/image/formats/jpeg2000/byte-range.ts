import { UserError } from '../../../base/errors.js';
import type { ByteSource } from '../../raster/byte-source.js';

/** A part of a file. */
export interface ByteRange {
  /** Of the file, for messages. */
  readonly name: string;
  readonly length: number;
  /** @throws UserError where it ends before */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A part of an open file, which stays the caller's to close. */
export function rangeOf(file: ByteSource, name: string, start: number, length: number): ByteRange {
  return {
    name,
    length,
    read: async (offset, count) => {
      if (offset + count > length) throw new UserError(`${name} cannot be read: it is cut short.`);
      const bytes = await file.read(start + offset, count);
      if (bytes.length < count) throw new UserError(`${name} cannot be read: it is cut short.`);
      return bytes;
    },
  };
}
