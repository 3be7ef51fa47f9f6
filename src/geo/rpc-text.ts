import type { RationalPolynomials } from './rpc.js';

/** Names of coefficients in `_RPC.TXT` files. */
const names = {
  lineOffset: 'LINE_OFF',
  sampleOffset: 'SAMP_OFF',
  latitudeOffset: 'LAT_OFF',
  longitudeOffset: 'LONG_OFF',
  heightOffset: 'HEIGHT_OFF',
  lineScale: 'LINE_SCALE',
  sampleScale: 'SAMP_SCALE',
  latitudeScale: 'LAT_SCALE',
  longitudeScale: 'LONG_SCALE',
  heightScale: 'HEIGHT_SCALE',
} as const;

/**
 * Rational polynomials as a text of lines "NAME: value unit", as vendors of satellite images deliver them.
 * @returns undefined where any of them is missing
 */
export function readRpcText(text: string): RationalPolynomials | undefined {
  const values = new Map(
    [...text.matchAll(/^\s*([A-Z_0-9]+)\s*[:=]\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)/gm)].map(
      ([, name, value]) => [name!, Number(value)],
    ),
  );
  const twenty = (name: string) =>
    Array.from({ length: 20 }, (_, index) => values.get(`${name}_${index + 1}`) ?? Number.NaN);
  const plain = Object.fromEntries(
    Object.entries(names).map(([key, name]) => [key, values.get(name) ?? Number.NaN]),
  ) as Record<keyof typeof names, number>;
  const coefficients = {
    lineNumerator: twenty('LINE_NUM_COEFF'),
    lineDenominator: twenty('LINE_DEN_COEFF'),
    sampleNumerator: twenty('SAMP_NUM_COEFF'),
    sampleDenominator: twenty('SAMP_DEN_COEFF'),
  };
  const all = [...Object.values(plain), ...Object.values(coefficients).flat()];
  return all.every(Number.isFinite) ? { ...plain, ...coefficients } : undefined;
}
