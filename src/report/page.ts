import type { Chart } from '../charts/render.js';
import { paletteCss, renderSvg, toInlineSvg } from '../charts/render.js';

/** Text as HTML that shows it, also within quotes. */
function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A template whose values are escaped, unless they are HTML made by it. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (Safe | string | number | readonly Safe[])[]
): Safe {
  return new Safe(strings.reduce((text, part, at) => text + shown(values[at - 1]!) + part));
}

/** HTML that may stand in a page as it is. */
export class Safe {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function shown(value: Safe | string | number | readonly Safe[]): string {
  if (value instanceof Safe) return value.text;
  if (Array.isArray(value)) return value.map((each: Safe) => each.text).join('\n');
  return escapeHtml(String(value));
}

/** A chart drawn, light or dark like the page, with what it shows below it. */
async function chartFigure({ caption, spec }: Pick<Chart, 'caption' | 'spec'>): Promise<Safe> {
  const svg = new Safe(toInlineSvg(await renderSvg(spec)));
  return html`<figure>${svg}<figcaption>${caption}</figcaption></figure>`;
}

/** Charts side by side where there is room. */
export async function chartFigures(charts: readonly Pick<Chart, 'caption' | 'spec'>[]): Promise<Safe> {
  return html`<div class="charts">${await Promise.all(charts.map(chartFigure))}</div>`;
}

const STYLE = `${paletteCss()}
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--grid); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; } figure > svg { max-width: 100%; height: auto; }
section > .charts { display: flex; flex-wrap: wrap; gap: 0 1.5rem; } .charts figure { max-width: 34rem; }
figcaption { color: var(--muted); font-size: .9rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--grid); }
th { color: var(--muted); font-weight: 600; vertical-align: bottom; overflow-wrap: anywhere; } .text { text-align: left; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
.crops { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; }
.sheet figure, .crops figure { margin: 0; } .pair { display: flex; gap: .4rem; } .pair > svg { flex: 1; min-width: 0; height: auto; }
.crops svg, .crops img, .sheet img { width: 100%; height: auto; display: block; } .wrong { color: var(--red); }`;

/**
 * A page that needs nothing else: pictures inline, no scripts, no request leaves it, light or dark as the reader's system.
 * @param facts names and values, shown at its head
 */
export function page(
  title: string,
  facts: readonly (readonly [name: string, value: string])[],
  sections: readonly Safe[],
): string {
  const list = facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return `<!doctype html>\n${
    html`<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>
${new Safe(STYLE)}
</style></head>
<body>
<h1>${title}</h1>
<dl>${list}</dl>
${sections}
</body></html>
`.text
  }`;
}

/** A part of a page. */
export function section(title: string, text: string, ...parts: readonly Safe[]): Safe {
  return html`<section><h2>${title}</h2>
<p>${text}</p>
${parts}
</section>`;
}

/** Rows of cells, the first row as heading, the first column to the left. */
export function htmlTable(rows: readonly (readonly (string | Safe)[])[]): Safe {
  const cell = (text: string | Safe, column: number, tag: 'th' | 'td') => {
    const open = new Safe(`<${tag}${column === 0 ? ' class="text"' : ''}>`);
    return html`${open}${text}${new Safe(`</${tag}>`)}`;
  };
  const row = (cells: readonly (string | Safe)[], at: number) =>
    html`<tr>${cells.map((text, column) => cell(text, column, at === 0 ? 'th' : 'td'))}</tr>`;
  return html`<div class="wide"><table>${rows.map(row)}</table></div>`;
}
