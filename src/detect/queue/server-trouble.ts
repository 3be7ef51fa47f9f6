import { UserError } from '../../base/errors.js';

/** What a server says that cannot take commands now, but may later. */
const troubles: readonly (readonly [RegExp, string])[] = [
  [/\bOOM command not allowed/, 'has no memory left (maxmemory)'],
  [/\bMISCONF\b/, 'cannot save to its disk, and takes nothing (MISCONF)'],
  [/\b(READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS)\b/, 'is not the one that is written to now'],
  [/\b(LOADING|BUSY)\b/, 'is busy'],
];

/** What keeps a server from taking commands for a time; undefined for any other error. */
export function passingTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return troubles.find(([pattern]) => pattern.test(error.message))?.[1];
}

/** What a server refuses for good, as a sentence; other errors as they are. @param name of the server */
export function serverTrouble(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return error;
  return new UserError(
    `${name} refuses a command: ${error.message}. The queue's keys (bull:vil-tiles:*) may have been written by something else.`,
    { cause: error },
  );
}
