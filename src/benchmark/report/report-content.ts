import type { Chart } from '../charts/render.js';
import { scalingCharts } from '../charts/scaling-charts.js';
import type { RowRecord } from '../journal.js';
import type { Machine } from '../machine.js';
import { ratioRows } from '../rows.js';
import { type Exponent, fitExponents } from '../scaling/exponents.js';
import { ENGINES } from '../scaling/network.js';
import { type ScalingRecord, scalingRecords } from '../scaling/scaling-record.js';
import { WEIGHTS_SEED } from '../scaling/scaling-row.js';
import { exponentTable } from './exponent-table.js';
import { engineTitle, scalingTables } from './scaling-tables.js';
import type { Table } from './table.js';

/** Part of a report: what was asked, its pictures and its tables. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
}

/** What makes a run repeatable. */
export interface Origin {
  readonly machine: Machine;
  readonly command: string;
}

export interface ReportContent extends Origin {
  readonly writtenAt: string;
  /** When the first and the last row were finished. */
  readonly measured?: { readonly from: string; readonly to: string };
  readonly seeds: string;
  readonly sections: readonly Section[];
  readonly rows: readonly RowRecord[];
  readonly scaling: readonly ScalingRecord[];
  readonly exponents: readonly Exponent[];
}

/** Puts together what a report says of finished rows. */
export async function collectReport(rows: readonly RowRecord[], origin: Origin): Promise<ReportContent> {
  const scaling = scalingRecords(rows);
  const exponents = fitExponents(scaling);
  const times = rows.map(({ finishedAt }) => finishedAt).sort();
  const sections = [scalingSection(scaling, exponents), ratioSection(rows)];
  return {
    ...origin,
    writtenAt: new Date().toISOString(),
    ...(times.length > 0 && { measured: { from: times[0]!, to: times.at(-1)! } }),
    seeds: `weights of the timed models: seed ${WEIGHTS_SEED}`,
    sections: sections.filter(
      ({ tables, charts }) => tables.some((table) => table.rows.length) || charts.length,
    ),
    rows,
    scaling,
    exponents,
  };
}

function scalingSection(scaling: readonly ScalingRecord[], exponents: readonly Exponent[]): Section {
  const engines = ENGINES.filter((engine) => scaling.some((record) => record.engine === engine));
  return {
    title: 'Cost against image size',
    text:
      'One square image at a time, each row in a process of its own, until a model fails. Engines: ' +
      `${engines.map(engineTitle).join('; ')}.`,
    charts: engines.flatMap((engine) => scalingCharts(scaling, engine)),
    tables: scaling.length ? [exponentTable(exponents), ...scalingTables(scaling)] : [],
  };
}

function ratioSection(rows: readonly RowRecord[]): Section {
  const byName = new Map(rows.map((row) => [row.name, row]));
  return {
    title: 'Ratios within one run',
    text: 'Each row times its parts in turns, so that its ratios hold on other machines too.',
    charts: [],
    tables: [
      {
        title: 'Rows',
        columns: [
          { head: 'row', align: 'left' },
          { head: 'what', align: 'left' },
          { head: 'figures', align: 'left' },
        ],
        rows: ratioRows.flatMap(({ name, description, summarise }) => {
          const { figures, failure } = byName.get(name) ?? {};
          if (!figures && !failure) return [];
          return [[name, description, figures ? summarise(figures) : `FAILED: ${failure!.message}`]];
        }),
      },
    ],
  };
}
