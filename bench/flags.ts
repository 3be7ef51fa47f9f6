import type { RowFlags } from '../src/cli/benchmark/flags.js';

export interface BenchFlags extends RowFlags {
  readonly only?: string[];
  readonly full?: boolean;
  /** Names of experiments to run; false: none; absent or true: what `full` says. */
  readonly experiments?: string[] | boolean;
  /** Minutes */
  readonly stopAfter?: number;
  readonly out: string;
  readonly fresh?: boolean;
  readonly reportOnly?: boolean;
  /** Another built checkout, to compare rows with. */
  readonly against?: string;
  /** Turns of a comparison. */
  readonly rounds: number;
}
