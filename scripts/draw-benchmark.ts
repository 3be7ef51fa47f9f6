/**
 * Draws the benchmark images of the documentation, and its tables, from the rows and results that come with the sources:
 * `npx tsx scripts/draw-benchmark.ts [--journal docs/benchmark/journal.jsonl] [--images docs/images] [--tables docs/benchmark/tables.md]`
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { summariseAccuracies } from '../bench/experiments/accuracy.js';
import { Journal } from '../bench/journal.js';
import { publishedTable } from '../bench/report/accuracy-tables.js';
import { fillBlocks } from '../bench/report/fill-blocks.js';
import { sectionToMarkdown } from '../bench/report/markdown.js';
import { collectReport } from '../bench/report/report-content.js';
import {
  shortAccuracyTable,
  shortExponentTable,
  shortPhotographTable,
  shortScalingTable,
} from '../bench/report/short-tables.js';
import { tableRows } from '../bench/report/table.js';
import { thisMachine } from '../src/benchmark/machine.js';
import { renderSvg } from '../src/charts/render.js';

/** Documents with blocks that are generated. */
const DOCUMENTS = ['docs/benchmark.md', 'docs/megapixel-mnist.md', 'models/zoo/megapixel-mnist/README.md'];

const { values } = parseArgs({
  options: {
    journal: { type: 'string', default: 'docs/benchmark/journal.jsonl' },
    images: { type: 'string', default: 'docs/images' },
    tables: { type: 'string', default: 'docs/benchmark/tables.md' },
  },
});
const { records } = await Journal.open(values.journal);
const { sections, experiments, scaling, exponents, photographs } = await collectReport({
  rows: records,
  machine: thisMachine(),
  command: '',
});
const prefixed = sections.map((section) => ({
  ...section,
  charts: section.charts.map((chart) => ({ ...chart, name: `benchmark-${chart.name}` })),
}));
await mkdir(values.images, { recursive: true });
for (const { name, spec } of prefixed.flatMap(({ charts }) => charts)) {
  await writeFile(join(values.images, `${name}.svg`), await renderSvg(spec));
}
const folder = relative(dirname(values.tables), values.images);
const text = prefixed.map((section) => sectionToMarkdown(section, folder)).join('\n\n');
await writeFile(values.tables, `# Benchmark tables\n\n${text}\n`);

const accuracies = summariseAccuracies(experiments);
const blockOf = (name: string) => {
  const [kind, what] = name.split(':');
  if (kind === 'accuracy') return tableRows(shortAccuracyTable(accuracies, what!));
  if (kind === 'published') {
    return tableRows(publishedTable(accuracies.filter(({ curriculum }) => curriculum === what)));
  }
  if (kind === 'scaling') return tableRows(shortScalingTable(scaling, ['vil', 'vit'], what!));
  if (kind === 'exponents') return tableRows(shortExponentTable(exponents));
  return kind === 'photographs' ? tableRows(shortPhotographTable(photographs)) : undefined;
};
for (const path of DOCUMENTS) await writeFile(path, fillBlocks(await readFile(path, 'utf8'), blockOf));
