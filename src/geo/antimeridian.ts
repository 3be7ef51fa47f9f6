/** [longitude, latitude] in degrees. */
export type Position = [number, number];

/**
 * Cuts a ring at the antimeridian, as RFC 7946 section 3.1.9 asks for.
 *
 * Neighbouring corners more than half the globe apart are taken to be neighbours across it.
 * @param ring open ring of positions, longitudes -180 to 180
 * @returns one open ring, or the part west of the antimeridian (ending at 180) and the part east of it (starting at -180)
 */
export function splitAtAntimeridian(ring: readonly Position[]): Position[][] {
  const unrolled = unroll(ring);
  const longitudes = unrolled.map(([longitude]) => longitude);
  const [least, most] = [Math.min(...longitudes), Math.max(...longitudes)];
  const border = most > 180 ? 180 : least < -180 ? -180 : undefined;
  if (border === undefined) return [unrolled];
  const parts = [keep(unrolled, border, -1), keep(unrolled, border, 1)].filter((part) => part.length > 2);
  return parts.map((part) => {
    const turns = Math.floor((Math.min(...part.map(([longitude]) => longitude)) + 180) / 360);
    return part.map(([longitude, latitude]): Position => [longitude - 360 * turns, latitude]);
  });
}

/** Lets longitudes run beyond 180 rather than jump. */
function unroll(ring: readonly Position[]): Position[] {
  let last = ring[0]?.[0] ?? 0;
  return ring.map(([longitude, latitude]) => {
    last = longitude - 360 * Math.round((longitude - last) / 360);
    return [last, latitude];
  });
}

/** The part of a ring with longitudes up to (side -1) or from (side 1) a meridian. */
function keep(ring: readonly Position[], meridian: number, side: -1 | 1): Position[] {
  const kept: Position[] = [];
  for (const [index, here] of ring.entries()) {
    const there = ring[(index + 1) % ring.length]!;
    const [a, b] = [side * (here[0] - meridian), side * (there[0] - meridian)];
    if (a >= 0) kept.push(here);
    if (a < 0 !== b < 0 && a !== 0 && b !== 0) {
      kept.push([meridian, here[1] + (a / (a - b)) * (there[1] - here[1])]);
    }
  }
  return kept;
}
