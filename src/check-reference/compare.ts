import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import type { ReferenceProblem, ReferenceResults } from './problem.js';

/** How far one tensor is from its reference. */
export interface Comparison {
  readonly kind: 'output' | 'gradient';
  readonly name: string;
  /** Largest absolute difference; NaN where either side has a value that is not finite. */
  readonly error: number;
  /**
   * What is allowed: 1e-4 (outputs) or 1e-3 (gradients) times the largest reference value, at least times 1.
   */
  readonly tolerance: number;
  readonly passed: boolean;
}

const RELATIVE_TOLERANCE = { output: 1e-4, gradient: 1e-3 };

/** Compares all outputs, then all gradients. A tensor that was not computed counts as infinitely wrong. */
export function compareResults(problem: ReferenceProblem, results: ReferenceResults): Comparison[] {
  return [
    ...compareAll('output', problem.outputs, results.outputs),
    ...compareAll('gradient', problem.gradients?.expected ?? {}, results.gradients),
  ];
}

function compareAll(kind: Comparison['kind'], expected: NamedArrays, actual: NamedArrays): Comparison[] {
  return Object.entries(expected).map(([name, reference]) => {
    const error = largestError(actual[name], reference);
    const largest = reference.data.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    const tolerance = RELATIVE_TOLERANCE[kind] * largest;
    // NaN compares as false, and an infinite reference must not make everything tolerable.
    return { kind, name, error, tolerance, passed: error <= tolerance && Number.isFinite(tolerance) };
  });
}

function largestError(actual: NamedArray | undefined, { data }: NamedArray): number {
  if (actual?.data.length !== data.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [index, value] of data.entries()) {
    const difference = Math.abs(actual.data[index]! - value);
    // Math.max passes NaN on, also that of infinity minus infinity.
    largest = Math.max(largest, difference);
  }
  return largest;
}
