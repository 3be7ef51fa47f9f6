import type { TiffLayout } from './tiff-layout.js';

/**
 * The value that GDAL's tag declares for pixels without data, as samples of the file's type hold it: the text has more digits
 * than a float of 32 bits, with which -9999.9 is another number.
 */
export function nodataOf(text: string | undefined, { kind, bits }: TiffLayout): number | undefined {
  // Some writers leave out the NUL at its end.
  const value = text?.replaceAll('\0', '').trim();
  if (!value) return undefined;
  const number = Number(value.replace(/^([+-]?)inf(inity)?$/i, '$1Infinity'));
  return kind === 'float' && bits <= 32 ? Math.fround(number) : number;
}
