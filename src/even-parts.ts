/**
 * Cuts a length into as few parts as the longest wanted permits, of nearly equal length, and into no more than `most`.
 * @returns the parts' lengths
 */
export function evenParts(total: number, longest: number, most: number): number[] {
  const count = Math.min(most, Math.ceil(total / longest));
  return Array.from(
    { length: count },
    (_, index) => Math.floor(((index + 1) * total) / count) - Math.floor((index * total) / count),
  );
}
