/** A limit that the operator of a server can set. */
export interface LimitRow {
  /** The option of `vil serve`. */
  readonly flags: `--${string} <${string}>`;
  /** `whole`: 1 or more; `whole or none`: 0 too; `number`: any above 0. */
  readonly unit: 'whole' | 'whole or none' | 'number';
  readonly default: number;
  /** What it bounds: for `--help` and docs/serving.md. */
  readonly help: string;
}

export type LimitTable = Readonly<Record<string, LimitRow>>;

/** A value for each row. */
export type LimitValues<Table extends LimitTable> = { readonly [Name in keyof Table]: number };

/** Values of a table from what `pick` takes of its rows. */
export function limitsFrom<Table extends LimitTable>(
  table: Table,
  pick: (row: LimitRow) => number,
): LimitValues<Table> {
  const entries = Object.entries(table).map(([name, row]) => [name, pick(row)]);
  return Object.fromEntries(entries) as LimitValues<Table>;
}

export function defaultsOf<Table extends LimitTable>(table: Table): LimitValues<Table> {
  return limitsFrom(table, (row) => row.default);
}
