import { html, htmlTable, Safe } from './page.js';

/**
 * A confusion matrix as a table, cells shaded by their share of the row.
 * @param counts [rows][columns]
 */
export function confusionTable(
  rows: readonly string[],
  columns: readonly string[],
  counts: readonly (readonly number[])[],
): Safe {
  const body = counts.map((row, at) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return [
      rows[at]!,
      ...row.map((count, column) => cell(count, total, rows[at] === columns[column])),
      String(total),
    ];
  });
  return htmlTable([['true class', ...columns, 'all'], ...body]);
}

function cell(count: number, total: number, isRight: boolean): Safe {
  if (count === 0) return html`<span>0</span>`;
  const share = Math.round((60 * count) / total);
  const colour = isRight ? 'teal' : 'red';
  const style = new Safe(
    `style="background: color-mix(in srgb, var(--${colour}) ${share}%, transparent); padding: .15rem .4rem"`,
  );
  return html`<span ${style}>${count}</span>`;
}
