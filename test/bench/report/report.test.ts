import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { summariseAccuracies } from '../../../bench/experiments/accuracy.js';
import type { LearningCurve } from '../../../bench/experiments/learning-curve.js';
import type { ExperimentResult } from '../../../bench/experiments/result.js';
import { resultFile } from '../../../bench/experiments/result.js';
import type { RowRecord } from '../../../bench/journal.js';
import type { PhotographResult } from '../../../bench/photographs/photograph-result.js';
import { fillBlocks } from '../../../bench/report/fill-blocks.js';
import { collectReport } from '../../../bench/report/report-content.js';
import { shortAccuracyTable, shortScalingTable } from '../../../bench/report/short-tables.js';
import { writeReport } from '../../../bench/report/write-report.js';
import { thisMachine } from '../../../src/benchmark/machine.js';

const base = { finishedAt: '2024-01-01T00:00:00.000Z', threads: 2, memoryOnly: false, limits: '' };

function measured(name: string, side: number, exponent: number): RowRecord {
  const scale = (side / 224) ** (2 * exponent);
  const figures = {
    seconds: 0.05 * scale,
    fastestSeconds: 0.04 * scale,
    slowestSeconds: 0.06 * scale,
    rounds: 3,
    imagesPerSecond: 20 / scale,
    megapixelsPerSecond: side ** 2 / 1e6 / (0.05 * scale),
    timesMatMulBound: 1.2,
    matMulGflops: 80,
    activationBytes: 2e7 * scale,
    peakRssBytes: 3e8 + 2e7 * scale,
  };
  return { ...base, name: `${name}-${side}`, figures };
}

const failure = {
  reason: 'memory',
  message: 'benchmark row vit-onnx-2048: more than the memory limit of 10.0 GiB',
} as const;
const records: RowRecord[] = [
  ...[224, 512, 1024, 2048].map((side) => measured('vil-onnx', side, 1)),
  ...[224, 512, 1024].map((side) => measured('vit-onnx', side, 1.6)),
  { ...base, name: 'vit-onnx-2048', failure },
  measured('experiment-megapixel-vil-onnx', 384, 1),
  measured('experiment-megapixel-vit-224-onnx', 384, 1),
  { ...base, name: 'cold-start', figures: { seconds: 1, secondSeconds: 0.25 } },
];

const models = [
  {
    name: 'megapixel-vil',
    title: 'ViL, full resolution',
    model: 'vil',
    accuracies: [0.95, 0.93, 0.97],
    inputSize: 384,
  },
  { name: 'megapixel-vit-224', title: 'ViT, shrunk to 224', model: 'vit', accuracies: [0.3], inputSize: 224 },
];

/** Results and a learning curve as experiments leave them. */
async function writeResults(path: string): Promise<string> {
  await mkdir(join(path, 'curves'), { recursive: true });
  for (const { accuracies, ...model } of models) {
    for (const [index, majority] of accuracies.entries()) {
      const result: ExperimentResult = {
        ...model,
        ...{ parameters: 300_000, generator: 'megapixel-mnist', canvas: 384, data: {}, seed: index + 1 },
        ...{
          accuracies: { majority, max: majority },
          testImages: 1000,
          steps: 10,
          trainImages: 80,
          seconds: 1,
        },
        machine: {},
      };
      await writeFile(join(path, resultFile(result)), JSON.stringify(result));
    }
  }
  const stages = [32, 384].map((canvas) => ({
    canvas,
    batchSize: 8,
    losses: [1, 2].map((step) => ({ step, loss: 2 / step })),
  }));
  const curve: LearningCurve = { name: 'megapixel-vil', title: 'ViL, full resolution', seed: 1, stages };
  await writeFile(join(path, 'curves', 'megapixel-vil-seed1.json'), JSON.stringify(curve));
  return path;
}

const photograph: PhotographResult = {
  ...{
    name: 'land-use-112',
    data: 'land-use',
    title: 'ViT, shrunk to 112',
    model: 'vit',
    parameters: 5_500_000,
  },
  ...{ imageSize: 400, inputSize: 112, epochs: 2, trainImages: 2800, seconds: 60, seed: 1, machine: {} },
  validation: { accuracy: 0.8, images: 280 },
  test: { accuracy: 0.75, images: 700 },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-report-'));
  const origin = { machine: thisMachine(), command: 'npm run bench -- --threads 2' };
  const results = await writeResults(join(folder, 'results'));
  const photographs = join(folder, 'photographs');
  await mkdir(photographs);
  await writeFile(join(photographs, 'a.json'), JSON.stringify(photograph));
  await writeReport(
    folder,
    await collectReport({ ...origin, rows: records, results: [results], photographs }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

it('puts tables into documents between their marks', () => {
  const document =
    'a\n<!-- begin:one -->\nold\n<!-- end:one -->\nb\n<!-- begin:two:x -->\n<!-- end:two:x -->\n';
  const filled = fillBlocks(document, (name) => `text of ${name}`);
  expect(filled).toBe(
    'a\n<!-- begin:one -->\n\ntext of one\n\n<!-- end:one -->\nb\n' +
      '<!-- begin:two:x -->\n\ntext of two:x\n\n<!-- end:two:x -->\n',
  );
  expect(fillBlocks(filled, (name) => `text of ${name}`)).toBe(filled);
  expect(() => fillBlocks(document, () => undefined)).toThrow('one');
});

it('has short tables: questions, and costs of models, side by side', async () => {
  const content = await collectReport({
    machine: thisMachine(),
    command: '',
    rows: records,
    results: [join(folder, 'results')],
  });
  const accuracies = shortAccuracyTable(summariseAccuracies(content.experiments), 'megapixel');
  expect(accuracies.rows).toEqual([
    ['384', 'ViL, full resolution', '384', '300,000', '3', '95.0 ± 2.0 %', '95.0 ± 2.0 %'],
    ['384', 'ViT, shrunk to 224', '224', '300,000', '1', '30.0 %', '30.0 %'],
  ]);
  const costs = shortScalingTable(content.scaling, ['vil', 'vit'], 'onnx');
  expect(costs.columns.map(({ head }) => head).slice(0, 3)).toEqual([
    'side (px)',
    'ViL-Tiny, latency (s)',
    'ViT-Tiny/16, full resolution, latency (s)',
  ]);
  expect(costs.rows.at(-1)!.slice(0, 5)).toEqual(['2048', '4.18', 'out of memory', '1,594', 'out of memory']);
});

describe('the report', () => {
  it('has the tables, the failure and how to repeat it, as Markdown', async () => {
    const text = await readFile(join(folder, 'report.md'), 'utf8');
    expect(text).toContain('- Command: npm run bench -- --threads 2');
    expect(text).toContain('FAILED: more than the memory limit of 10.0 GiB |');
    expect(text).toMatch(
      /\| ViL-Tiny \| ONNX Runtime on the CPU \| activation memory \| 1\.00 \| 1\.000 \| 512 1024 2048 \| linear \|/,
    );
    expect(text).toMatch(
      /\| ViT-Tiny\/16, full resolution \| .* \| time \| 1\.60 \| .* \| more than linear \|/,
    );
    expect(text).toContain('1.000 s, an image by the model once loaded 0.250 s');
    expect(text).toMatch(
      /\| majority \| 384 \| 28 \| ViL, full resolution \|.*\| 3 \| 1,000 \| 95\.0 % \| 2\.0 % \| 93\.0 % to 97\.0 % \|/,
    );
    expect(text).toMatch(
      /\| ViT, shrunk to 224 \| 224 \|.*\| 1 \| 1,000 \| 30\.0 % \| +\| 27\.2 % to 32\.9 % \|/,
    );
    expect(text).toMatch(/Iterative patch selection.*99\.1 % \| 93\.7 % \| 92\.7 % \| 81\.9 %/);
    expect(text).toContain('whose training ends at 384 pixels');
    expect(text).toMatch(
      /\| ViL, full resolution \| 384 \| 80 \| 95\.0 % \| 95\.0 % \| +\| +\| here, megapixel \|/,
    );
    expect(text).toMatch(
      /\| land-use \| ViT, shrunk to 112 \| 400 \| 112 \|.* \| 2,800 \| 1 \| 80\.0 % \| 75\.0 % \| 700 \| 71\.7 % to 78\.1 % \|/,
    );
    const charts = await readdir(join(folder, 'charts'));
    for (const [, file] of text.matchAll(/\(charts\/([^)]+)\)/g)) expect(charts).toContain(file);
  });

  it('is one page that loads nothing, with every chart inline and colours for light and dark', async () => {
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
    expect(html.match(/<svg/g)).toHaveLength(9);
    expect(html).toContain('latency of one image (s)');
    expect(html).toContain('stroke="var(--red)"');
    expect(html).toContain('@media (prefers-color-scheme: dark)');
    expect(html).not.toContain('="#1f2328"');
  });

  it('has everything as JSON', async () => {
    const data = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'));
    expect(data.machine.node).toBe(process.version);
    expect(data.rows).toHaveLength(records.length);
    expect(data.scaling.find((row: { side: number }) => row.side === 2048)).toMatchObject({
      contender: 'vil',
    });
    expect(data.exponents.length).toBeGreaterThan(4);
  });

  it('draws each chart as SVG and as PNG that is not empty', async () => {
    const names = ['latency', 'throughput', 'activation-memory', 'process-memory', 'operations'];
    for (const name of names) {
      const svg = await readFile(join(folder, 'charts', `${name}-onnx.svg`), 'utf8');
      expect(svg).toContain('side of the square image (pixels)');
      expect(svg).toContain('ViT-Tiny/16, full resolution');
      const png = sharp(join(folder, 'charts', `${name}-onnx.png`));
      expect((await png.metadata()).width).toBeGreaterThan(1200);
      expect((await png.stats()).channels[0]!.stdev).toBeGreaterThan(5);
    }
    expect(await readFile(join(folder, 'charts', 'latency-onnx.svg'), 'utf8')).toContain('×');
  });
});
