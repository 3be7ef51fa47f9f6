import { element } from '../dom/element.js';

/** The server cannot be reached, or is about to start or stop: to be tried again. */
export class Unreachable extends Error {
  constructor() {
    super('The server cannot be reached.');
  }
}

/** How many requests wait for the connection to come back. */
let waiting = 0;

/**
 * Says on the page that the connection is lost, for as long as anybody says so.
 * @returns takes that back; more than once does no harm
 */
export function connectionLost(): () => void {
  let isLost = true;
  showWaiting(1);
  return () => {
    if (isLost) showWaiting(-1);
    isLost = false;
  };
}

function showWaiting(change: number): void {
  waiting += change;
  element('connection').textContent =
    waiting > 0 ? 'The connection to the server is lost. The page tries again until it is back …' : '';
}

/** Longest pause between attempts, in milliseconds. */
const longestPause = 4000;

/**
 * Tries something again while the server cannot be reached.
 * @throws what `attempt` throws, if it is not `Unreachable`; the signal's reason when it aborts
 */
export async function untilReached<Answer>(
  attempt: () => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  let found: (() => void) | undefined;
  try {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
      found ??= connectionLost();
      await pause(Math.min(longestPause, 500 * 2 ** failures), signal);
    }
  } finally {
    found?.();
  }
}

/** @throws the signal's reason when it aborts */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, milliseconds);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
}
