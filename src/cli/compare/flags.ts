export interface CompareFlags {
  readonly data: string;
  readonly images?: string;
  /** Seconds. */
  readonly budget: number;
  readonly sizes?: readonly number[];
  readonly seeds: number;
  readonly slice?: number;
  readonly from?: string;
  readonly out?: string;
  readonly threads?: number;
  readonly upright?: boolean;
  readonly json?: boolean;
}
