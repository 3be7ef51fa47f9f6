export interface TrainFlags {
  readonly data?: string;
  readonly model?: string;
  readonly out?: string;
  readonly threads?: number;
  readonly fresh?: boolean;
}
