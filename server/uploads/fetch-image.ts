import type { ByteCollector } from './byte-collector.js';

/**
 * Fetches an image for a client.
 * @param collector where its bytes are counted
 * @throws ProblemError when the address is refused, the image is too large, or it cannot be had
 */
export type FetchImage = (
  url: string,
  collector: ByteCollector,
  signal: AbortSignal,
) => Promise<Uint8Array<ArrayBuffer>>;
