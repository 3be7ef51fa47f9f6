/** How values spread, as of one figure over several seeds. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Of a sample (divisor count - 1); absent for a single value. */
  readonly standardDeviation?: number;
  readonly least: number;
  readonly most: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    ...(count > 1 && { standardDeviation: Math.sqrt(squares / (count - 1)) }),
    least: Math.min(...values),
    most: Math.max(...values),
  };
}

/** An interval of proportions, 0 to 1. */
export type Interval = readonly [low: number, high: number];

/**
 * The 95 % confidence interval of a proportion (Wilson, 1927), which unlike the normal one also holds near 0
 * and 1.
 *
 * @param proportion observed, 0 to 1
 * @param trials how many it was observed in, such as test images
 */
export function wilsonInterval(proportion: number, trials: number): Interval {
  // The 97.5 % quantile of the normal distribution.
  const z = 1.959964;
  const divisor = 1 + z ** 2 / trials;
  const centre = (proportion + z ** 2 / (2 * trials)) / divisor;
  const variance = (proportion * (1 - proportion)) / trials + (z / (2 * trials)) ** 2;
  const half = (z * Math.sqrt(variance)) / divisor;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** A power law y = factor * x^exponent, fitted by least squares to the logarithms. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
  /** Share of the variance of log y that it explains. */
  readonly rSquared: number;
  readonly points: number;
}

/** @returns undefined for fewer than two points */
export function fitPowerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw | undefined {
  if (points.length < 2) return undefined;
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = spreadOf(logs.map(([x]) => x)).mean;
  const meanY = spreadOf(logs.map(([, y]) => y)).mean;
  const sum = (term: (dx: number, dy: number) => number) =>
    logs.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0);
  const exponent = sum((dx, dy) => dx * dy) / sum((dx) => dx ** 2);
  const total = sum((_, dy) => dy ** 2);
  const residual = sum((dx, dy) => (dy - exponent * dx) ** 2);
  return {
    exponent,
    factor: Math.exp(meanY - exponent * meanX),
    // Where y does not change at all, rounding alone is left of the variance.
    rSquared: total < 1e-18 ? 1 : 1 - residual / total,
    points: points.length,
  };
}
