import { open } from 'node:fs/promises';
import { UserError } from '../../base/errors.js';

/** A file of which pieces can be read, here or behind a server. */
export interface ByteSource {
  /** Bytes; Infinity where a server does not say. */
  readonly size: number;
  /** @returns fewer bytes where the file ends before */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Opens a local file, lends it, and closes it. */
export async function withLocalBytes<T>(path: string, use: (bytes: ByteSource) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await use({
      size,
      read: async (position, length) => {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
        return buffer.subarray(0, bytesRead);
      },
    });
  } finally {
    await file.close();
  }
}

/**
 * A file behind a server.
 * @param start its first bytes, which are not asked for again
 */
export function remoteBytes(url: string, start: Uint8Array, size: number): ByteSource {
  return {
    size,
    read: async (offset, length) => {
      if (offset + length <= start.length) return start.subarray(offset, offset + length);
      const headers = { Range: `bytes=${offset}-${offset + length - 1}` };
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(60_000) });
      if (response.status !== 206) {
        await response.body?.cancel();
        throw new UserError(`cannot read ${url}: the server answers ${response.status} to a range request.`);
      }
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
