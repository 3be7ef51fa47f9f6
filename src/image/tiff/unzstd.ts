import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { RequestThread } from '../../base/threads/request-thread.js';
import type { ZstdRequest } from './zstd-thread.js';

type Decompress = (
  block: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
) => Promise<Uint8Array>;

/** Node.js decompresses Zstandard itself since 22.15. */
const { zstdDecompress } = zlib as { zstdDecompress?: (...args: never[]) => void };
const byNode = zstdDecompress && (promisify(zstdDecompress) as unknown as Decompress);

/** Most threads of WebAssembly, as many as Node.js has for zlib. */
const mostThreads = Math.min(4, availableParallelism());

interface PooledThread {
  readonly thread: RequestThread<ZstdRequest, Uint8Array>;
  open: number;
}

const pool: PooledThread[] = [];

/**
 * Decompresses Zstandard frames (RFC 8878), outside of this thread.
 * @param most bytes that they may hold
 * @throws Error for damaged frames, and those that hold more
 */
export function unzstd(block: Uint8Array, most: number): Promise<Uint8Array> {
  return byNode
    ? byNode(block, { maxOutputLength: most, chunkSize: Math.max(64, most) })
    : byThread(block, most);
}

/** Threads are started as they are needed and kept; without work, they do not keep the process from ending. */
async function byThread(block: Uint8Array, most: number): Promise<Uint8Array> {
  const pooled = leastBusy();
  pooled.open += 1;
  pooled.thread.ref();
  try {
    return await pooled.thread.ask({ block, most });
  } finally {
    pooled.open -= 1;
    if (pooled.open === 0) pooled.thread.unref();
  }
}

function leastBusy(): PooledThread {
  for (let at = pool.length - 1; at >= 0; at--) if (pool[at]!.thread.hasEnded) pool.splice(at, 1);
  const least = pool.toSorted((a, b) => a.open - b.open)[0];
  if (least && (least.open === 0 || pool.length >= mostThreads)) return least;
  const thread = new RequestThread<ZstdRequest, Uint8Array>(new URL('./zstd-thread.js', import.meta.url));
  const started = { thread, open: 0 };
  pool.push(started);
  return started;
}
