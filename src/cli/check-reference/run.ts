import {
  checkReference,
  type FileReport,
  type ReferenceEngineName,
} from '../../check-reference/check-reference.js';
import type { Comparison } from '../../check-reference/compare.js';

/** Computes the files, prints a report for each, and fails with 1 when one is off. */
export async function checkReferenceFiles(
  files: string[],
  { engine, json }: { engine: ReferenceEngineName; json?: boolean },
): Promise<void> {
  const print = json ? () => {} : (report: FileReport) => process.stdout.write(`${describe(report)}\n`);
  const reports = await checkReference(files, engine, print);
  const failed = reports.filter(({ passed }) => !passed).length;
  if (json) process.stdout.write(`${JSON.stringify({ engine, failed, files: reports }, spellNumbers, 2)}\n`);
  else process.stdout.write(`${files.length - failed} of ${files.length} within tolerance on ${engine}\n`);
  if (failed > 0) process.exitCode = 1;
}

/** JSON has no NaN and no infinity: written out as strings, so that they cannot be taken for small errors. */
function spellNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function describe({ file, passed, comparisons, error }: FileReport): string {
  if (error) return `FAIL  ${error}`;
  const parts = (['output', 'gradient'] as const).flatMap((kind) => {
    const worst = worstOf(comparisons.filter((comparison) => comparison.kind === kind));
    return worst ? [`${kind}s ${number(worst.error)} of ${number(worst.tolerance)} (${worst.name})`] : [];
  });
  return `${passed ? 'pass' : 'FAIL'}  ${file}\n      largest errors: ${parts.join(', ')}`;
}

/** The comparison that uses up most of its tolerance; one that is not a number before all others. */
function worstOf(comparisons: readonly Comparison[]): Comparison | undefined {
  const share = ({ error, tolerance }: Comparison) =>
    Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / tolerance;
  return comparisons.toSorted((a, b) => share(b) - share(a))[0];
}

function number(value: number): string {
  return value.toExponential(1);
}
