/** Fewer powers of ten than these do not let a reader estimate a value. */
const ENOUGH_DECADES = 3;

/**
 * Ticks of a logarithmic axis: the powers of ten within its domain, and their multiples by 2 and 5 where
 * those are few.
 * @param domain lowest and highest value, both above 0
 */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const exponents = Array.from(
    { length: Math.floor(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, index) => Math.floor(Math.log10(low)) + index,
  );
  // Read from text: 10 ** -2 times 5 is not quite 0.05.
  const ticksOf = (multiples: readonly number[]) =>
    exponents
      .flatMap((exponent) => multiples.map((multiple) => Number(`${multiple}e${exponent}`)))
      .filter((tick) => tick >= low && tick <= high);
  const decades = ticksOf([1]);
  return decades.length >= ENOUGH_DECADES ? decades : ticksOf([1, 2, 5]);
}
