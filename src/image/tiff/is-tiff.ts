/** TIFF 6.0 and BigTIFF: byte order, then 42 or 43. */
export function isTiff([a, b, c, d]: Uint8Array): boolean {
  const isLittle = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const isBig = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return isLittle || isBig;
}
