import type { Command } from 'commander';
import { Option } from 'commander';
import type { LimitRow, LimitTable, LimitValues } from '../../../server/limit-table.js';
import { limitsFrom } from '../../../server/limit-table.js';
import { nonNegativeInteger, positiveInteger, positiveNumber } from '../options.js';

const parsers = {
  whole: positiveInteger,
  'whole or none': nonNegativeInteger,
  number: positiveNumber,
} as const satisfies Record<LimitRow['unit'], (text: string) => number>;

function optionOf(row: LimitRow): Option {
  return new Option(row.flags, row.help.replaceAll('`', ''))
    .argParser(parsers[row.unit])
    .default(row.default);
}

/** Adds an option for each row of a table. */
export function addLimitOptions(command: Command, table: LimitTable): void {
  for (const row of Object.values(table)) command.addOption(optionOf(row));
}

/** The limits of a table as they were given. */
export function givenLimits<Table extends LimitTable>(
  table: Table,
  flags: Readonly<Record<string, unknown>>,
): LimitValues<Table> {
  return limitsFrom(table, (row) => flags[optionOf(row).attributeName()] as number);
}
