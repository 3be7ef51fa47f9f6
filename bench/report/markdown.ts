import { originLines } from './origin-lines.js';
import type { ReportContent } from './report-content.js';
import type { Section } from './section.js';
import { tableToMarkdown } from './table.js';

/** @param charts folder of the charts, relative to the document */
export function reportToMarkdown(content: ReportContent, charts: string): string {
  const origin = originLines(content).map(([name, value]) => `- ${name}: ${value}`);
  const sections = content.sections.map((section) => sectionToMarkdown(section, charts));
  return `${['# Benchmark', origin.join('\n'), ...sections].join('\n\n')}\n`;
}

/** @param folder of the charts, relative to the document */
export function sectionToMarkdown({ title, text, charts, tables }: Section, folder: string): string {
  const images = charts.map(({ name, caption }) => `![${caption}](${folder}/${name}.svg)`);
  return [`## ${title}`, text, ...images, ...tables.map(tableToMarkdown)].join('\n\n');
}
