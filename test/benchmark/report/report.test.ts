import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowRecord } from '../../../src/benchmark/journal.js';
import { thisMachine } from '../../../src/benchmark/machine.js';
import { collectReport } from '../../../src/benchmark/report/report-content.js';
import { writeReport } from '../../../src/benchmark/report/write-report.js';

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
  { ...base, name: 'cold-start', figures: { seconds: 1, secondSeconds: 0.25 } },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-report-'));
  const origin = { machine: thisMachine(), command: 'npm run bench -- --threads 2' };
  await writeReport(folder, await collectReport(records, origin));
});
afterAll(() => rm(folder, { recursive: true }));

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
    expect(text).toContain('1.000 s, the second image 0.250 s');
    const charts = await readdir(join(folder, 'charts'));
    for (const [, file] of text.matchAll(/\(charts\/([^)]+)\)/g)) expect(charts).toContain(file);
  });

  it('is one page that loads nothing, with every chart inline and colours for light and dark', async () => {
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
    expect(html.match(/<svg/g)).toHaveLength(5);
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
