/** What a row measured, by name; times in seconds, memory in bytes. */
export type Figures = Readonly<Record<string, number>>;

export interface MeasureOptions {
  /** Threads that ONNX Runtime computes on. */
  readonly threads: number;
}

/** One line of the benchmark. */
export interface BenchmarkRow {
  readonly name: string;
  /** What is measured, for a person. */
  readonly description: string;
  /** Measures in this process, which is the row's own. */
  measure(options: MeasureOptions): Promise<Figures>;
  /** The figures that matter, in one line. */
  summarise(figures: Figures): string;
}
