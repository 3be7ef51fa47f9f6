import { crc32 } from 'node:zlib';

const sealPattern = /^(.*),"crc32":"([0-9a-f]{8})"\}$/s;

/** A value as one line of JSON, without its line feed, that ends with a checksum of all before it. */
export function sealedLine(value: object): string {
  const open = JSON.stringify(value).slice(0, -1);
  return `${open},"crc32":"${checksum(open)}"}`;
}

/** What a line says, and whether it has a checksum, which is right then. */
export interface OpenedLine {
  readonly value: unknown;
  readonly isSealed: boolean;
}

/** @returns nothing for a line that is damaged: no JSON, or with another checksum */
export function openLine(line: string): OpenedLine | undefined {
  const [, open, found] = sealPattern.exec(line) ?? [];
  if (open !== undefined && checksum(open) !== found) return undefined;
  try {
    return { value: JSON.parse(line), isSealed: open !== undefined };
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
