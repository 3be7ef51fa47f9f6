/** The least multiple of `step` that is no less. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
