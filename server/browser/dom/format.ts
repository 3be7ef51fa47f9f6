const numbers = new Intl.NumberFormat('en');

export const formatCount = (count: number): string => numbers.format(count);

/** @param share 0 to 1 */
export const formatPercent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`;

/** e.g. `1 car`, `62 cars`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** In powers of 1000, three digits or more: `940 B`, `64 kB`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  // What would be rounded to 1000 is 1.0 of the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 && unit > 1 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `640 × 224, 0.14 megapixels`: two digits or more of the area. */
export function formatSize({ width, height }: { readonly width: number; readonly height: number }): string {
  const area = (width * height) / 1e6;
  const text =
    area >= 10 ? formatCount(Math.round(area)) : area >= 0.001 ? String(Number(area.toPrecision(2))) : '';
  const megapixels = text === '' ? '' : `, ${text} ${text === '1' ? 'megapixel' : 'megapixels'}`;
  return `${formatCount(width)} × ${formatCount(height)}${megapixels}`;
}

/** `4.2 s`, `59 s`, `1 min 5 s`, `2 h 3 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
