/** x' = a x + b y + c, y' = d x + e y + f. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export function applyAffine({ a, b, c, d, e, f }: Affine, x: number, y: number): [number, number] {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** The transform of coordinates that are first moved by (dx, dy). */
export function afterShift(transform: Affine, dx: number, dy: number): Affine {
  const [c, f] = applyAffine(transform, dx, dy);
  return { ...transform, c, f };
}
