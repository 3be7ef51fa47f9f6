import type { RedisOptions } from 'ioredis';
import { Redis } from 'ioredis';
import { UserError } from '../../base/errors.js';

/** Milliseconds that a first connection may take. */
const connectMilliseconds = 5000;
/** Milliseconds between attempts to find a server again that has gone away. */
const longestRetryDelay = 5000;

/** A server of a queue: Redis, Valkey or another that speaks their protocol. */
export interface QueueServer {
  /** As it is shown to people: without password. */
  readonly name: string;
  /** For commands. */
  readonly redis: Redis;
  /** One more connection, for commands that wait; closed with the others. */
  connect(): Redis;
  close(): Promise<void>;
}

/**
 * Connects to the server of a queue.
 *
 * Once connected, a server that goes away is waited for: what is in a queue outlives a restart.
 * @param address redis://[user:password@]host[:port][/db], or rediss:// for TLS
 * @throws UserError when the address is none, or the server is not reached within five seconds, wants another password
 *   or is too old
 */
export async function connectQueueServer(address: string): Promise<QueueServer> {
  const name = addressName(address);
  let isReady = false;
  let lastError: Error | undefined;
  const options: RedisOptions = {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: connectMilliseconds,
    // Nobody waits for a server that was never there.
    retryStrategy: (times) => (isReady ? Math.min(200 * times, longestRetryDelay) : null),
  };
  const redis = new Redis(address, options);
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    // A wrong password lets connect, but not ask.
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw unreachable(name, lastError ?? (error as Error));
  }
  isReady = true;
  const others: Redis[] = [];
  return {
    name,
    redis,
    connect: () => {
      const other = redis.duplicate({ lazyConnect: false });
      // Told of by whoever uses it; without a listener it would be printed.
      other.on('error', () => undefined);
      others.push(other);
      return other;
    },
    close: async () => {
      for (const other of others) other.disconnect();
      redis.disconnect();
    },
  };
}

/**
 * The address without what is secret in it.
 * @throws UserError when it is no address of a queue
 */
export function addressName(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw wrongAddress();
  }
  if ((url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') throw wrongAddress();
  if (!/^\/?\d*$/.test(url.pathname)) throw wrongAddress();
  return `${url.protocol}//${url.hostname}:${url.port || 6379}${url.pathname === '/' ? '' : url.pathname}`;
}

function wrongAddress(): UserError {
  return new UserError(
    'A queue is given as redis://host:port, redis://user:password@host:port/db, or rediss://… for TLS.',
    { status: 400 },
  );
}

function unreachable(name: string, error: Error): UserError {
  if (/NOAUTH|WRONGPASS|NOPERM|AUTH/.test(error.message)) {
    return new UserError(`${name} does not let us in: ${error.message}. Give redis://user:password@host.`, {
      cause: error,
    });
  }
  const reason = 'code' in error ? `${error.code}` : error.message;
  if (/CERT|SIGNATURE|ALTNAME/.test(reason)) {
    return new UserError(
      `${name} has a certificate that is not trusted here (${reason}). Name a file with that of its authority in the ` +
        'environment variable NODE_EXTRA_CA_CERTS.',
      { cause: error },
    );
  }
  if (/^ERR_SSL|EPROTO/.test(reason)) {
    return new UserError(`${name} does not speak TLS (${reason}). Without TLS it is redis://…`, {
      cause: error,
    });
  }
  return new UserError(`cannot reach the queue at ${name} (${reason}). Is Redis or Valkey running there?`, {
    cause: error,
  });
}
