/** What a server takes on; all of it can be set by its operator. */
export interface ServerLimits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Bytes of all bodies in memory at a time. */
  readonly uploadMemory: number;
  /** Longest pause of an upload, in seconds. */
  readonly idleSeconds: number;
  /** Seconds that an upload may take. */
  readonly uploadSeconds: number;
  /** Pixels of an image. */
  readonly pixels: number;
  /** Pixels of an image's longer side. */
  readonly side: number;
  /** Requests that may wait for the model besides those it works on. */
  readonly queueLength: number;
  /** Requests that are worked on at a time. */
  readonly running: number;
  /** Pixels of the images that are worked on at a time; a larger one is worked on alone. */
  readonly runningPixels: number;
  /** Seconds from a request's arrival to its answer. */
  readonly seconds: number;
  /** Seconds for the headers of a request. */
  readonly headerSeconds: number;
  /** Connections open at a time; more are closed at once. */
  readonly connections: number;
  /** Seconds that requests under way have when the server is told to stop. */
  readonly drainSeconds: number;
}

export const defaultLimits: ServerLimits = {
  bodyBytes: 64 * 2 ** 20,
  uploadMemory: 512 * 2 ** 20,
  idleSeconds: 10,
  uploadSeconds: 60,
  pixels: 100e6,
  side: 65_535,
  queueLength: 64,
  running: 8,
  runningPixels: 2 ** 24,
  seconds: 120,
  headerSeconds: 15,
  connections: 1024,
  drainSeconds: 30,
};
