/** Vectors of images, each with its class. */
export interface LabelledVectors {
  /** [count, width], row-major. */
  readonly vectors: Float32Array;
  readonly width: number;
  readonly labels: readonly number[];
}

/** A linear classifier. */
export interface LinearHead {
  /** [classes, width] */
  readonly weight: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/** Earlier steps that curvature is estimated from. */
const memory = 10;
const mostSteps = 200;
/** Of the loss, below which a step is the last. */
const tolerance = 1e-7;

/**
 * Multinomial logistic regression: the linear classifier of the least cross entropy plus `penalty` / 2 times the squared norm
 * of its weights, for vectors standardised by channel, whose means and deviations are then part of it. The minimum is unique;
 * it is found by L-BFGS (Nocedal 1980).
 * @param penalty positive
 */
export function fitLinearHead(data: LabelledVectors, classes: number, penalty: number): LinearHead {
  const { mean, deviation } = statistics(data);
  const { width } = data;
  const scaled = data.vectors.map((value, at) => (value - mean[at % width]!) / deviation[at % width]!);
  const evaluate = lossOf({ ...data, vectors: scaled }, classes, penalty);
  const solution = minimise(evaluate, new Float64Array(classes * (width + 1)));
  const weight = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (let row = 0; row < classes; row++) {
    let shift = solution[row * (width + 1) + width]!;
    for (let at = 0; at < width; at++) {
      const value = solution[row * (width + 1) + at]! / deviation[at]!;
      weight[row * width + at] = value;
      shift -= value * mean[at]!;
    }
    bias[row] = shift;
  }
  return { weight, bias };
}

/** Class scores of vectors, [count, classes]. */
export function scoreVectors(vectors: Float32Array, { weight, bias }: LinearHead): Float32Array {
  const classes = bias.length;
  const width = weight.length / classes;
  return Float32Array.from({ length: (vectors.length / width) * classes }, (_, at) => {
    const [row, label] = [Math.floor(at / classes), at % classes];
    let sum = bias[label]!;
    for (let channel = 0; channel < width; channel++) {
      sum += vectors[row * width + channel]! * weight[label * width + channel]!;
    }
    return sum;
  });
}

function statistics({ vectors, width }: LabelledVectors) {
  const count = vectors.length / width;
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (const [at, value] of vectors.entries()) mean[at % width]! += value / count;
  for (const [at, value] of vectors.entries())
    square[at % width]! += (value - mean[at % width]!) ** 2 / count;
  // A channel that changes by rounding alone says nothing.
  const deviation = square.map((value, at) => (value > 1e-12 * mean[at]! ** 2 ? Math.sqrt(value) : 1));
  return { mean, deviation };
}

/** A function to minimise: its value, and its gradient written to the second argument. */
type Evaluate = (at: Float64Array, gradient: Float64Array) => number;

/** Weights and bias of each class lie side by side, [classes, width + 1]. */
function lossOf({ vectors, width, labels }: LabelledVectors, classes: number, penalty: number): Evaluate {
  const count = labels.length;
  const scores = new Float64Array(classes);
  return (at, gradient) => {
    let loss = 0;
    gradient.fill(0);
    for (let row = 0; row < classes; row++) {
      for (let channel = 0; channel < width; channel++) {
        const index = row * (width + 1) + channel;
        loss += (penalty / 2) * at[index]! ** 2;
        gradient[index] = penalty * at[index]!;
      }
    }
    for (let image = 0; image < count; image++) {
      const vector = vectors.subarray(image * width, (image + 1) * width);
      let highest = -Infinity;
      for (let row = 0; row < classes; row++) {
        const from = row * (width + 1);
        let sum = at[from + width]!;
        for (let channel = 0; channel < width; channel++) sum += at[from + channel]! * vector[channel]!;
        scores[row] = sum;
        highest = Math.max(highest, sum);
      }
      const own = scores[labels[image]!]!;
      let total = 0;
      for (let row = 0; row < classes; row++) total += scores[row] = Math.exp(scores[row]! - highest);
      loss += (Math.log(total) + highest - own) / count;
      for (let row = 0; row < classes; row++) {
        const error = (scores[row]! / total - (row === labels[image] ? 1 : 0)) / count;
        const from = row * (width + 1);
        for (let channel = 0; channel < width; channel++)
          gradient[from + channel]! += error * vector[channel]!;
        gradient[from + width]! += error;
      }
    }
    return loss;
  };
}

interface Step {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  readonly curvature: number;
}

function minimise(evaluate: Evaluate, start: Float64Array): Float64Array {
  let at = start;
  let gradient = new Float64Array(at.length);
  let loss = evaluate(at, gradient);
  const steps: Step[] = [];
  for (let step = 0; step < mostSteps; step++) {
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    let length = step === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const next = new Float64Array(at.length);
    const nextGradient = new Float64Array(at.length);
    let nextLoss = Infinity;
    // Halved until the loss falls as the slope promises (Armijo).
    for (let tries = 0; tries < 30; tries++, length /= 2) {
      for (const index of next.keys()) next[index] = at[index]! + length * direction[index]!;
      nextLoss = evaluate(next, nextGradient);
      if (nextLoss <= loss + 1e-4 * length * slope) break;
    }
    const gain = loss - nextLoss;
    if (!(gain > 0)) break;
    const moved = next.map((value, index) => value - at[index]!);
    const turned = nextGradient.map((value, index) => value - gradient[index]!);
    const curvature = dot(moved, turned);
    if (curvature > 0) steps.push({ moved, turned, curvature });
    if (steps.length > memory) steps.shift();
    [at, gradient, loss] = [next, nextGradient, nextLoss];
    if (gain < tolerance) break;
  }
  return at;
}

/** Minus the gradient, times the inverse of the curvature that the last steps showed: the two-loop recursion. */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const factors: number[] = [];
  const add = (vector: Float64Array, factor: number) => {
    for (const index of direction.keys()) direction[index]! += factor * vector[index]!;
  };
  for (const { moved, turned, curvature } of steps.toReversed()) {
    const factor = dot(moved, direction) / curvature;
    factors.unshift(factor);
    add(turned, -factor);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.turned, last.turned);
    for (const index of direction.keys()) direction[index]! *= scale;
  }
  for (const [index, { moved, turned, curvature }] of steps.entries()) {
    add(moved, factors[index]! - dot(turned, direction) / curvature);
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
