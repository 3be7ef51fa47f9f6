import { InvalidArgumentError } from 'commander';

/** Parser of an option that counts something. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new InvalidArgumentError('It must be a positive integer.');
  return value;
}

/** Parser of an option that measures something. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}

/** Parser of an image size: one side of a square, or height x width. */
export function imageSize(text: string): [number, number] {
  const match = /^(\d+)(?:x(\d+))?$/.exec(text);
  if (!match)
    throw new InvalidArgumentError('It must be a number of pixels, or height x width as in 400x640.');
  return [positiveInteger(match[1]!), positiveInteger(match[2] ?? match[1]!)];
}
