/** A table that is written as Markdown and as HTML alike. */
export interface Table {
  readonly title: string;
  /** What the columns mean, where their heads do not say. */
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly head: string;
  /** Default right, as for numbers. */
  readonly align?: 'left';
}

export function tableToMarkdown({ title, note, ...table }: Table): string {
  return [`### ${title}`, ...(note ? [note] : []), tableRows(table)].join('\n\n');
}

/** A table as Markdown, without the text above it. */
export function tableRows({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'left' ? ':--' : '--:'));
  return [line(columns.map(({ head }) => head)), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

export function tableToHtml({ title, note, columns, rows }: Table): string {
  const aligned = (index: number) => (columns[index]?.align === 'left' ? ' class="text"' : '');
  const heads = columns.map(({ head }, index) => `<th${aligned(index)}>${escapeHtml(head)}</th>`).join('');
  const body = rows.map((cells) => {
    const row = cells.map((cell, index) => `<td${aligned(index)}>${escapeHtml(cell)}</td>`).join('');
    return `<tr>${row}</tr>`;
  });
  return `<h3>${escapeHtml(title)}</h3>
${note ? `<p>${escapeHtml(note)}</p>\n` : ''}<div class="wide"><table>
<thead><tr>${heads}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function escapeMarkdown(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
