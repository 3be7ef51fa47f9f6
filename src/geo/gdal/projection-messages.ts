/** What the thread that projects by PROJ is started with. */
export interface ProjectionThreadData {
  /** Int32: whether an answer is there. */
  readonly signal: SharedArrayBuffer;
  /** Float64: the points of an answer; where it is an error, the length of its text and the UTF-8 of it. */
  readonly answer: SharedArrayBuffer;
}

/** Points of a reference system, x and y in turns, to longitude and latitude in WGS 84, or the other way. */
export interface ProjectionRequest {
  /** Whatever GDAL's OSRSetFromUserInput understands. */
  readonly system: string;
  readonly direction: 'toWgs84' | 'fromWgs84';
  readonly points: Float64Array;
}

/** States of the signal. */
export const waiting = 0;
export const answered = 1;
export const failed = 2;

/** Points of a request at most. */
export const pointsAtOnce = 4096;
