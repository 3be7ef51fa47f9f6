/**
 * Least squares by the normal equations, solved by Gauss and Jordan with pivots; for a few unknowns of one size.
 * @param rows factors of the unknowns, a row for each observation
 * @returns the unknowns, NaN where the observations do not determine them
 */
export function solve(rows: readonly (readonly number[])[], observed: readonly number[]): number[] {
  const count = rows[0]!.length;
  const system = Array.from({ length: count }, (_, i) => [
    ...Array.from({ length: count }, (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    rows.reduce((sum, row, at) => sum + row[i]! * observed[at]!, 0),
  ]);
  for (let column = 0; column < count; column++) {
    const rest = system.slice(column).map((row) => Math.abs(row[column]!));
    const pivot = column + rest.indexOf(Math.max(...rest));
    [system[column], system[pivot]] = [system[pivot]!, system[column]!];
    const lead = system[column]!;
    if (Math.abs(lead[column]!) < 1e-12 * rows.length) return Array(count).fill(Number.NaN);
    for (const row of system) {
      if (row === lead) continue;
      const factor = row[column]! / lead[column]!;
      for (let at = column; at <= count; at++) row[at]! -= factor * lead[at]!;
    }
  }
  return system.map((row, index) => row[count]! / row[index]!);
}
