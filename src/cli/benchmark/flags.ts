/** How rows are measured, and how their figures are printed. */
export interface RowFlags {
  readonly memoryOnly?: boolean;
  readonly threads: number;
  /** GiB */
  readonly memoryLimit: number;
  /** Seconds */
  readonly timeLimit: number;
  readonly json?: boolean;
}

export interface BenchmarkFlags extends RowFlags {
  readonly only?: string[];
}
