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
