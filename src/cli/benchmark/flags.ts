export interface BenchmarkFlags {
  readonly only?: string[];
  readonly full?: boolean;
  readonly memoryOnly?: boolean;
  /** Names of experiments to run; false: none; absent or true: what `full` says. */
  readonly experiments?: string[] | boolean;
  /** Minutes */
  readonly stopAfter?: number;
  readonly out: string;
  readonly fresh?: boolean;
  readonly reportOnly?: boolean;
  readonly threads: number;
  /** GiB */
  readonly memoryLimit: number;
  /** Seconds */
  readonly timeLimit: number;
  readonly json?: boolean;
}
