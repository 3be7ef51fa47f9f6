/**
 * Rows of cells as lines of text, columns side by side.
 * @param left how many columns, from the first, stand at their left edge; the others at their right
 */
export function textTable(rows: readonly (readonly string[])[], { left = 1 } = {}): string[] {
  const [first = []] = rows;
  const widths = first.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    return cells.join('  ').trimEnd();
  });
}
