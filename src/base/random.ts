/** Draws uniformly from [0, 1). */
export type Random = () => number;

/** What a stream of draws is for; a part of its key, so that no two uses share a stream. */
export const StreamPurpose = {
  order: 1,
  augment: 2,
  mix: 3,
  dropPath: 4,
  shift: 5,
  weights: 6,
  scene: 7,
  noise: 8,
  resample: 9,
} as const;

function mix(state: number, key: number): number {
  let hash = Math.imul(state ^ key, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A stream of pseudo-random numbers (sfc32) that depends on nothing but its keys.
 *
 * Every draw of a training run comes from a stream keyed by seed, purpose, epoch and index. A resumed run therefore
 * continues bit by bit from its step number alone, and worker threads need no shared state.
 *
 * @param keys integers; the same keys in the same order give the same stream
 */
export function randomStream(...keys: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  for (const key of keys) {
    a = mix(a, key);
    b = mix(b + a, key + 0x51ed27);
    c = mix(c ^ b, key + 0x3f29ce);
  }
  const next: Random = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** A number from the uniform distribution on [low, high). */
export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** An integer from [0, count). */
export function integer(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** A number from the standard normal distribution (Box-Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A draw from Gamma(shape, 1), by Marsaglia and Tsang (2000). */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A draw from Beta(alpha, alpha), the mixing ratio of mixup and cutmix; alpha > 0. */
export function symmetricBeta(random: Random, alpha: number): number {
  const first = gamma(random, alpha);
  return first / (first + gamma(random, alpha));
}

/** The integers 0 to count - 1 in random order (Fisher-Yates). */
export function permutation(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = integer(random, index + 1);
    const kept = order[index]!;
    order[index] = order[other]!;
    order[other] = kept;
  }
  return order;
}
