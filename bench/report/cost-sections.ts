import { ratioRows } from '../../src/benchmark/rows.js';
import { ENGINES } from '../../src/benchmark/scaling/network.js';
import { scalingCharts } from '../charts/scaling-charts.js';
import type { RowRecord } from '../journal.js';
import type { Exponent } from '../scaling/exponents.js';
import type { ScalingRecord } from '../scaling/scaling-record.js';
import { exponentTable } from './exponent-table.js';
import { engineTitle, scalingTables } from './scaling-tables.js';
import type { Section } from './section.js';

/** Time and memory against image size. */
export function scalingSection(scaling: readonly ScalingRecord[], exponents: readonly Exponent[]): Section {
  const engines = ENGINES.filter((engine) => scaling.some((record) => record.engine === engine));
  return {
    title: 'Cost against image size',
    text:
      'One square image at a time, each row in a process of its own, until a model fails. Engines: ' +
      `${engines.map(engineTitle).join('; ')}.`,
    charts: engines.flatMap((engine) => scalingCharts(scaling, engine)),
    tables: scaling.length > 0 ? [exponentTable(exponents), ...scalingTables(scaling)] : [],
  };
}

/** The rows that time their parts in turns. */
export function ratioSection(records: readonly RowRecord[]): Section {
  const byName = new Map(records.map((record) => [record.name, record]));
  const rows = ratioRows.flatMap(({ name, description, summarise }) => {
    const { figures, failure } = byName.get(name) ?? {};
    if (!figures && !failure) return [];
    return [[name, description, figures ? summarise(figures) : `FAILED: ${failure!.message}`]];
  });
  const columns = ['row', 'what', 'figures'].map((head) => ({ head, align: 'left' as const }));
  return {
    title: 'Ratios within one run',
    text: 'Each row times its parts in turns, so that its ratios hold on other machines too.',
    charts: [],
    tables: rows.length > 0 ? [{ title: 'Rows', columns, rows }] : [],
  };
}
