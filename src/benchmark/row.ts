/** What a row measured, by name; times in seconds, memory in bytes. */
export type Figures = Readonly<Record<string, number>>;

export interface MeasureOptions {
  /** Threads that ONNX Runtime computes on. */
  readonly threads: number;
  /**
   * Of the scaling table only: a single run for its memory, as on a machine that is busy with something else.
   */
  readonly memoryOnly?: boolean;
}

/** One line of the benchmark. */
export interface BenchmarkRow {
  readonly name: string;
  /** What is measured, for a person. */
  readonly description: string;
  /** Variables that its process gets beyond this one's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Measures in this process, which is the row's own. */
  measure(options: MeasureOptions): Promise<Figures>;
  /** The figures that matter, in one line. */
  summarise(figures: Figures): string;
}
