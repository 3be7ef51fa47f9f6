import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from '../../src/base/file-errors.js';
import { writeChart } from '../../src/charts/render.js';
import { reportToHtml } from './html.js';
import { reportToMarkdown } from './markdown.js';
import type { ReportContent } from './report-content.js';

const CHARTS = 'charts';

/**
 * Writes `report.html`, `report.md`, `results.json` and `charts/*.svg` and `.png` into a folder.
 * @returns the text of `results.json`
 * @throws UserError when the folder cannot be written to
 */
export async function writeReport(folder: string, content: ReportContent): Promise<{ json: string }> {
  const { sections, ...data } = content;
  const json = JSON.stringify(data, null, 2);
  try {
    await mkdir(folder, { recursive: true });
    const svgs = new Map<string, string>();
    for (const chart of sections.flatMap(({ charts }) => charts)) {
      svgs.set(chart.name, await writeChart(join(folder, CHARTS), chart));
    }
    await writeFile(join(folder, 'report.html'), reportToHtml(content, svgs));
    await writeFile(join(folder, 'report.md'), reportToMarkdown(content, CHARTS));
    await writeFile(join(folder, 'results.json'), `${json}\n`);
  } catch (error) {
    throw explainFileError(error, 'write', folder);
  }
  return { json };
}
