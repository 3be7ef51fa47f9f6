import { InvalidArgumentError, Option } from 'commander';

/** `--queue`, of those who put tiles into a queue and of those who take them out. */
export function queueOption(description: string): Option {
  return new Option('--queue <address>', description).env('VIL_QUEUE').argParser(address);
}

function address(text: string): string {
  if (!/^rediss?:\/\/./.test(text)) {
    throw new InvalidArgumentError(
      'It must be redis://host:port, redis://user:password@host:port/db, or rediss://… for TLS.',
    );
  }
  return text;
}
