/** Most training images that are looked at after a run for labels that look wrong, and the time for it. */
export const mostSuspects = 400;
export const secondsForSuspects = 60;

/** At most so many of a list, evenly over it. */
export function evenly<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, items.length / most);
  return Array.from({ length: Math.min(most, items.length) }, (_, at) => items[Math.floor(at * step)]!);
}
