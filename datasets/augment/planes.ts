/**
 * An image as three colour planes, [3, height, width] row-major; values of [0, 1] until they are normalised.
 */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Interleaved 8-bit RGB as planes of [0, 1]. */
export function planesFromRgb(rgb: Uint8Array, width: number, height: number): Planes {
  const area = width * height;
  const data = new Float32Array(3 * area);
  for (let pixel = 0; pixel < area; pixel++) {
    data[pixel] = rgb[3 * pixel]! / 255;
    data[area + pixel] = rgb[3 * pixel + 1]! / 255;
    data[2 * area + pixel] = rgb[3 * pixel + 2]! / 255;
  }
  return { width, height, data };
}

/** (value - mean) / std, channel by channel. */
export function normalise(planes: Planes, mean: readonly number[], std: readonly number[]): Planes {
  const area = planes.width * planes.height;
  const data = planes.data.map((value, index) => {
    const channel = Math.floor(index / area);
    return (value - mean[channel]!) / std[channel]!;
  });
  return { ...planes, data };
}
