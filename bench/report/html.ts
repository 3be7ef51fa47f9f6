import { paletteCss, toInlineSvg } from '../../src/charts/render.js';
import { originLines } from './origin-lines.js';
import type { ReportContent } from './report-content.js';
import type { Section } from './section.js';
import { escapeHtml, tableToHtml } from './table.js';

const STYLE = `${paletteCss()}
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--grid); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption { color: var(--muted); font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--grid); }
th { color: var(--muted); font-weight: 600; vertical-align: bottom; } .text { text-align: left; }`;

/**
 * The report as one page that needs nothing else: charts inline, no scripts, light or dark as the reader's
 * system.
 * @param svgs the charts by name
 */
export function reportToHtml(content: ReportContent, svgs: ReadonlyMap<string, string>): string {
  const origin = originLines(content)
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vision Longformer benchmark</title>
<style>
${STYLE}
</style></head>
<body>
<h1>Vision Longformer benchmark</h1>
<dl>
${origin}
</dl>
${content.sections.map((section) => sectionToHtml(section, svgs)).join('\n')}
</body></html>
`;
}

function sectionToHtml({ title, text, charts, tables }: Section, svgs: ReadonlyMap<string, string>): string {
  const figures = charts.map(
    ({ name, caption }) =>
      `<figure>${toInlineSvg(svgs.get(name)!)}<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
  );
  return `<section><h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(text)}</p>
${[...figures, ...tables.map(tableToHtml)].join('\n')}
</section>`;
}
