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

/**
 * Cuts a length into as few parts as the longest wanted permits, all of one length but the last, which may be shorter, and into
 * no more than `most`.
 * @returns the parts' lengths
 */
export function equalParts(total: number, longest: number, most = Infinity): number[] {
  const length = Math.ceil(total / Math.min(most, Math.ceil(total / longest)));
  return Array.from({ length: Math.ceil(total / length) }, (_, index) =>
    Math.min(length, total - index * length),
  );
}
