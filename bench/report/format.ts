/** A number for a table: three significant digits, thousands separated. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined) return '';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** Bytes in MiB. */
export function formatMebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : formatNumber(bytes / 2 ** 20);
}

/** A share as a percentage with one decimal. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
