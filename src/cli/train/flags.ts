export interface TrainFlags {
  readonly config?: string;
  readonly data?: string;
  readonly model?: string;
  readonly from?: string;
  readonly images?: string;
  /** Seconds. */
  readonly budget?: number;
  readonly upright?: boolean;
  readonly gsd?: number;
  readonly plan?: boolean;
  readonly seed?: number;
  readonly out?: string;
  readonly threads?: number;
  readonly fresh?: boolean;
  readonly headOnly?: boolean;
}
