import { UserError } from '../base/errors.js';
import { BACKENDS } from '../runtime/backends.js';
import { type Comparison, compareResults } from './compare.js';
import { eagerReferenceEngine } from './eager-reference-engine.js';
import { onnxReferenceEngine } from './onnx-reference-engine.js';
import type { ReferenceEngine } from './problem.js';
import { readReference } from './reference-file.js';

/** Engines that can compute reference files: the tensor backends, and ONNX Runtime through the recorder. */
export const REFERENCE_ENGINES = [...BACKENDS, 'onnx'] as const;
export type ReferenceEngineName = (typeof REFERENCE_ENGINES)[number];

/** The outcome of one file. */
export interface FileReport {
  readonly file: string;
  readonly passed: boolean;
  /** Empty when there is an error. */
  readonly comparisons: readonly Comparison[];
  /** Why the file could not be used or computed. */
  readonly error?: string;
}

/**
 * Computes each file of reference outputs and compares.
 *
 * @returns a report a file, in order; a file that cannot be used is reported and the others are still checked
 * @throws UserError when the engine cannot run on this machine
 */
export async function checkReference(
  files: readonly string[],
  engineName: ReferenceEngineName,
  onReport: (report: FileReport) => void = () => {},
): Promise<FileReport[]> {
  const engine = engineName === 'onnx' ? onnxReferenceEngine() : eagerReferenceEngine(engineName);
  const reports: FileReport[] = [];
  try {
    for (const file of files) {
      const report = await checkFile(file, engine);
      reports.push(report);
      onReport(report);
    }
  } finally {
    await engine.close();
  }
  return reports;
}

async function checkFile(file: string, engine: ReferenceEngine): Promise<FileReport> {
  const problem = await readReference(file).catch(userError);
  if (problem instanceof UserError) return unusable(file, problem.message);
  const results = await engine.compute(problem).catch((error: unknown) => {
    // An engine that is missing stops the whole run; one that fails on this file may succeed on the next.
    if (error instanceof UserError) throw error;
    return error instanceof Error ? error : new Error(String(error));
  });
  if (results instanceof Error) return unusable(file, `${file}: could not be computed: ${results.message}`);
  const comparisons = compareResults(problem, results);
  return { file, passed: comparisons.every(({ passed }) => passed), comparisons };
}

function userError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

function unusable(file: string, error: string): FileReport {
  return { file, passed: false, comparisons: [], error };
}
