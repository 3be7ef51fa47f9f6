import { BACKENDS } from '../engine/backends.js';
import { UserError } from '../errors.js';
import { type Comparison, compareResults } from './compare.js';
import { eagerReferenceEngine } from './eager-reference-engine.js';
import { onnxReferenceEngine } from './onnx-reference-engine.js';
import type { ReferenceEngine } from './problem.js';
import { readReference } from './reference-file.js';

/** Engines that can compute reference files: the tensor backends, and ONNX Runtime through the recorder. */
export const REFERENCE_ENGINES = [...BACKENDS, 'onnx'] as const;
export type ReferenceEngineName = (typeof REFERENCE_ENGINES)[number];

/** What came of one file. */
export interface FileReport {
  readonly file: string;
  readonly passed: boolean;
  /** Empty when the file could not be used. */
  readonly comparisons: readonly Comparison[];
  /** Why the file could not be used. */
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
  const problem = await readReference(file).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  if (problem instanceof UserError) return { file, passed: false, comparisons: [], error: problem.message };
  const comparisons = compareResults(problem, await engine.compute(problem));
  return { file, passed: comparisons.every(({ passed }) => passed), comparisons };
}
