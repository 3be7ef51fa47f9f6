/** `1 tile`, `36 tiles`: a count with the name of what is counted, which takes an s. */
export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
