/** Seconds that a request spent where. */
export interface Timings {
  readonly upload: number;
  readonly queue: number;
  readonly inference: number;
  readonly total: number;
}
