import { lookup } from 'node:dns/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ProblemError } from '../problem.js';
import { QueueFullError } from '../work-queue.js';
import type { ByteCollector } from './byte-collector.js';

/**
 * Fetches an image for a client.
 * @param collector counts its bytes
 * @throws ProblemError when the address is refused, the image is too large, or it cannot be had
 */
export type FetchImage = (
  url: string,
  collector: ByteCollector,
  signal: AbortSignal,
) => Promise<Uint8Array<ArrayBuffer>>;

export interface FetchOptions {
  /**
   * Hosts that images may be fetched from: `example.org`, `*.example.org` for those below it, `*` for all; with a port,
   * as in `example.org:8080`, where it is not the usual one of http and https.
   */
  readonly hosts: readonly string[];
  /** Whether addresses of this machine and of private networks may be connected to. Default false. */
  readonly allowPrivate?: boolean;
  readonly bytes: number;
  /** For all of it, redirects included. */
  readonly seconds: number;
  readonly redirects: number;
}

/** Statuses of redirects that keep the method GET. */
const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Makes what fetches images, without letting clients reach what only this machine can reach (server-side request
 * forgery): the host has to be allowed, all addresses that its name stands for have to be public, and the connection goes
 * to an address that was checked, so that another answer of the name server cannot get between. Each redirect is checked
 * like the first address.
 */
export function imageFetcher(options: FetchOptions): FetchImage {
  return async (address, collector, signal) => {
    const { seconds } = options;
    const overdue = AbortSignal.timeout(1000 * seconds);
    const either = AbortSignal.any([signal, overdue]);
    try {
      return await fetchFollowing(address, options, collector, either);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (overdue.aborted) throw failed(`did not come within ${seconds} seconds`);
      if (error instanceof ProblemError || error instanceof QueueFullError) throw error;
      throw failed(
        `cannot be fetched (${(error as NodeJS.ErrnoException).code ?? 'connection failed'})`,
        error,
      );
    }
  };
}

async function fetchFollowing(
  address: string,
  options: FetchOptions,
  collector: ByteCollector,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= options.redirects; redirects++) {
    checkUrl(url, options.hosts);
    const response = await open(url, await publicAddress(url, options), signal);
    const target = response.headers.location;
    if (!redirectStatuses.includes(response.statusCode!) || target === undefined) {
      return receive(response, options.bytes, collector);
    }
    response.destroy();
    if (!URL.canParse(target, url)) throw failed('redirects to something that is no address');
    url = new URL(target, url);
  }
  throw failed(`redirects more than ${options.redirects} times`);
}

function checkUrl(url: URL, hosts: readonly string[]): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refused(`${url.protocol} is neither http nor https.`);
  }
  if (url.username !== '' || url.password !== '') throw refused('It has a user name or a password in it.');
  if (!hosts.some((pattern) => matches(url, pattern))) {
    throw refused(`This server does not fetch from ${url.host}.`);
  }
}

/** Whether a pattern of `FetchOptions.hosts` allows the host and port of an address. */
function matches({ hostname, port }: URL, pattern: string): boolean {
  const [, host, allowedPort = ''] = /^(.*?)(?::(\d+))?$/.exec(pattern.toLowerCase())!;
  if (port !== allowedPort) return false;
  if (host === '*' || host === hostname) return true;
  return host!.startsWith('*.') && hostname.endsWith(host!.slice(1)) && hostname.length >= host!.length;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

/** The address to connect to. */
async function publicAddress(url: URL, { allowPrivate = false }: FetchOptions): Promise<Address> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: ipaddr.parse(host).kind() === 'ipv6' ? 6 : 4 }]
    : await lookup(host, { all: true });
  // One that is not public among several is reason enough: which of them is used would be a matter of chance.
  if (!allowPrivate && !addresses.every(({ address }) => isPublic(address))) {
    throw refused(`${url.hostname} is not an address of the public internet.`);
  }
  const [first] = addresses;
  if (!first) throw failed('has a host without an address');
  return first;
}

/** Whether an address is one of the public internet; those that stand for an IPv4 address are judged by it. */
export function isPublic(address: string): boolean {
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  // IPv6 has more unassigned and special ranges than lists of them know: global unicast is 2000::/3.
  return parsed instanceof ipaddr.IPv4 || parsed.match(ipaddr.IPv6.parse('2000::'), 3);
}

function open(url: URL, { address, family }: Address, signal: AbortSignal): Promise<IncomingMessage> {
  // The name keeps its role in the Host header and in TLS; only its resolution has been done already.
  const pinned = ((_host: string, { all }: { all?: boolean }, done: (...args: unknown[]) => void) => {
    if (all) done(null, [{ address, family }]);
    else done(null, address, family);
  }) as LookupFunction;
  return new Promise((resolve, reject) => {
    const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'vision-longformer' };
    const sent: ClientRequest = begin(url, { agent: false, lookup: pinned, headers, signal });
    sent.on('response', resolve).on('error', reject).end();
  });
}

async function receive(
  response: IncomingMessage,
  limit: number,
  collector: ByteCollector,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (response.statusCode !== 200) throw failed(`was answered with status ${response.statusCode}`);
    const encoding = response.headers['content-encoding'];
    if (encoding && encoding !== 'identity')
      throw failed(`came compressed (${encoding}), which was not asked for`);
    if (Number(response.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
    for await (const piece of response as AsyncIterable<Buffer>) {
      if (collector.length + piece.length > limit) throw tooLarge(limit);
      collector.add(piece);
    }
    if (collector.length === 0) throw failed('is empty');
    return collector.join();
  } finally {
    response.destroy();
  }
}

function refused(why: string): ProblemError {
  return new ProblemError(400, 'url_refused', `The address is refused. ${why}`);
}

function failed(what: string, cause?: unknown): ProblemError {
  return new ProblemError(422, 'url_failed', `The image behind the address ${what}.`, { cause });
}

function tooLarge(limit: number): ProblemError {
  return new ProblemError(413, 'too_large', `The image behind the address has more than ${limit} bytes.`);
}
