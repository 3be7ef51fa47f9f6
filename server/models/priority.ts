import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** Ten steps below the rest. */
const niceness = 10;

/**
 * Lowers the priority of what computes: where processors are short, the thread that answers HTTP comes first.
 *
 * On Linux this is the priority of the calling thread, which the threads that it starts inherit. Elsewhere it would be
 * that of the whole process, the thread of HTTP included.
 */
export function comeAfterRequests(): void {
  if (process.platform === 'linux') setPriority(niceness);
}

/**
 * Has Linux end this process rather than the server where memory runs out.
 * @param score added to what it goes by, up to 1000
 */
export function endFirst(score = 300): void {
  if (process.platform !== 'linux') return;
  // Not everywhere may a process say so of itself.
  writeFile('/proc/self/oom_score_adj', String(score)).catch(() => undefined);
}
