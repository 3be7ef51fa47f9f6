import { UserError } from '../../src/base/errors.js';

/**
 * The labels of a set whose files name their classes: the expected ones, or all that occur, sorted.
 * @throws UserError for a class that is not among the expected ones
 */
export function settleLabels(
  found: Iterable<string>,
  expected: readonly string[] | undefined,
  where: string,
): readonly string[] {
  const names = [...new Set(found)].sort();
  if (!expected) return names;
  const unknown = names.find((name) => !expected.includes(name));
  if (unknown === undefined) return expected;
  throw new UserError(`${where} has objects of class '${unknown}'. Expected: ${expected.join(', ')}.`);
}
