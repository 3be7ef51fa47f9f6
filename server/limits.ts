/** What a server takes on; all of it can be set by its operator. */
export interface ServerLimits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Pixels of a picture. */
  readonly pixels: number;
  /** Requests that may wait for the model besides the one it works on. */
  readonly queueLength: number;
  /** Seconds from a request's arrival to its answer. */
  readonly seconds: number;
}

export const defaultLimits: ServerLimits = {
  bodyBytes: 64 * 2 ** 20,
  pixels: 100e6,
  queueLength: 16,
  seconds: 120,
};
