import type { Exponent } from '../scaling/exponents.js';
import { FIT_SIDES, LINEAR } from '../scaling/exponents.js';
import { engineTitle } from './scaling-tables.js';
import type { Table } from './table.js';

/** How each cost grows with the number of pixels. */
export function exponentTable(exponents: readonly Exponent[]): Table {
  return {
    title: 'Growth with the number of pixels',
    note:
      `Exponent of a power law fitted by least squares in logarithms, sides ${FIT_SIDES.least} to ` +
      `${FIT_SIDES.most} px as far as measured. Linear means ${LINEAR.least} to ${LINEAR.most}. A model that is given a ` +
      'shrunk image costs about the same whatever the size: its exponent is near 0.',
    columns: [
      { head: 'model', align: 'left' },
      { head: 'engine', align: 'left' },
      { head: 'cost', align: 'left' },
      { head: 'exponent' },
      { head: 'R²' },
      { head: 'sides (px)', align: 'left' },
      { head: '', align: 'left' },
    ],
    rows: exponents.map((exponent) => [
      exponent.label,
      engineTitle(exponent.engine),
      exponent.cost,
      exponent.law.exponent.toFixed(2),
      exponent.law.rSquared.toFixed(3),
      exponent.sides.join(' '),
      verdict(exponent),
    ]),
  };
}

/** An exponent in a line, for the terminal. */
export function exponentLine(exponent: Exponent): string {
  const { label, engine, cost, law, sides } = exponent;
  const range = `${sides[0]} to ${sides.at(-1)} px`;
  return `${label}, ${engine}: ${cost} ~ pixels^${law.exponent.toFixed(2)} (${range}, ${verdict(exponent)})`;
}

function verdict({ law, isLinear }: Exponent): string {
  if (isLinear) return 'linear';
  return law.exponent > LINEAR.most ? 'more than linear' : 'less than linear';
}
