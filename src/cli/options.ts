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

/** Parser of an option that counts something of which there may be none. */
export function nonNegativeInteger(text: string): number {
  return text.trim() === '0' ? 0 : positiveInteger(text);
}

/** Parser of a number within limits. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high)) {
      throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** Parser of two numbers, the first less than the second. */
export function numberPair(text: string): [number, number] {
  const [low, high, ...more] = text.split(',').map(Number);
  if (low === undefined || high === undefined || more.length > 0 || !(low < high)) {
    throw new InvalidArgumentError('It must be two numbers, the smaller first, as in 100,3000.');
  }
  return [low, high];
}

/** Parser of a time, in seconds: `30m`, `2h`, `1h30m`, `90s`. */
export function duration(text: string): number {
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text.trim());
  const seconds = match
    ? [3600, 60, 1].reduce((sum, unit, at) => sum + unit * Number(match[at + 1] ?? 0), 0)
    : 0;
  if (seconds <= 0) throw new InvalidArgumentError('It must be a time such as 30m, 2h or 1h30m.');
  return seconds;
}
