/** Corners x, y, x, y… of a polygon. */
export type Outline = readonly number[];

/** A filled outline. */
export interface Patch {
  readonly outline: Outline;
  /** RGB, 0 to 255. */
  readonly colour: readonly [number, number, number];
}

/** An object seen from above, in units of its length, its nose towards +x: what it is drawn of. */
export interface Silhouette {
  /** Width over length. */
  readonly breadth: number;
  /** Outlines, from -1/2 to 1/2 along x and from -breadth/2 to breadth/2 across; the first reach these limits. */
  readonly body: readonly Outline[];
  /** Darker parts upon it. */
  readonly windows: readonly Outline[];
}

function mirrored(half: Outline): Outline {
  const other: number[] = [];
  for (let at = half.length - 2; at >= 0; at -= 2) other.push(half[at]!, -half[at + 1]!);
  return [...half, ...other];
}

/** A road vehicle: bonnet, cabin, boot. */
const vehicle: Silhouette = {
  breadth: 0.44,
  body: [mirrored([0.5, 0.15, 0.44, 0.22, -0.46, 0.22, -0.5, 0.17])],
  windows: [mirrored([0.22, 0.15, 0.1, 0.17]), mirrored([-0.22, 0.17, -0.32, 0.15])],
};

/** An airliner: fuselage, swept wings, tailplane. */
const aircraft: Silhouette = {
  breadth: 0.92,
  body: [
    mirrored([0.5, 0.015, 0.42, 0.055, -0.34, 0.055, -0.5, 0.015]),
    mirrored([0.14, 0.04, -0.12, 0.46, -0.19, 0.46, -0.08, 0.04]),
    mirrored([-0.36, 0.03, -0.44, 0.17, -0.5, 0.17, -0.46, 0.03]),
  ],
  windows: [mirrored([0.44, 0.03, 0.41, 0.04])],
};

/** What a scene holds, by label. */
export const silhouettes = { vehicle, aircraft } as const satisfies Record<string, Silhouette>;

export type SilhouetteName = keyof typeof silhouettes;

/** Turns an outline of unit length into pixels. @param angle radians, from the x axis towards the y axis */
export function placeOutline(
  outline: Outline,
  x: number,
  y: number,
  length: number,
  angle: number,
): number[] {
  const [cos, sin] = [length * Math.cos(angle), length * Math.sin(angle)];
  const placed: number[] = [];
  for (let at = 0; at < outline.length; at += 2) {
    const [u, v] = [outline[at]!, outline[at + 1]!];
    placed.push(x + cos * u - sin * v, y + sin * u + cos * v);
  }
  return placed;
}
