/** What a server takes on in long jobs; all of it can be set by its operator. */
export interface SceneLimits {
  /** Jobs that may wait, or be on their way here, besides the one that runs. */
  readonly waiting: number;
  /** Bytes of a scene's file. */
  readonly bodyBytes: number;
  /** Seconds that a scene may take to come. */
  readonly uploadSeconds: number;
  /** Pixels of a scene. */
  readonly pixels: number;
  /** Bytes that all scenes may take on the disk, their results and deep zoom tiles included. */
  readonly diskBytes: number;
  /** Seconds that a finished job and its files are kept. */
  readonly keptSeconds: number;
}

export const defaultSceneLimits: SceneLimits = {
  waiting: 16,
  bodyBytes: 2 * 2 ** 30,
  uploadSeconds: 3600,
  pixels: 2e9,
  diskBytes: 20 * 2 ** 30,
  keptSeconds: 24 * 3600,
};
