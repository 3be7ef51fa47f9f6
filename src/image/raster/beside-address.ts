/**
 * The address of a file beside another one: what follows the path, such as a signature, stays.
 * @param rename the path of the other file, from that of the first
 */
export function besideAddress(address: string, rename: (path: string) => string): string {
  const [, path, rest] = /^([^?#]*)(.*)$/s.exec(address)!;
  return `${rename(path!)}${rest}`;
}
