/** A setting that was chosen, and by what. */
export interface Choice {
  readonly setting: string;
  readonly value: string;
  readonly why: string;
}

/** What a look at the data found. */
export interface Finding {
  readonly text: string;
  /** Whether people had better do something about it. */
  readonly isWarning?: boolean;
}

/** The value below which a share of sorted numbers lies; by the nearest of them. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))]!;
}

/** Numbers in rising order. */
export function ascending(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

/** "3 of 12, 25 %". */
export function shareText(part: number, whole: number): string {
  return `${part} of ${whole}${whole > 0 ? `, ${((100 * part) / whole).toFixed(part * 100 < whole ? 1 : 0)} %` : ''}`;
}
