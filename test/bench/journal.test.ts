import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../../bench/journal.js';
import { runRows } from '../../bench/run-rows.js';
import type { BenchmarkRow, Figures } from '../../src/benchmark/row.js';
import { RowFailure } from '../../src/benchmark/row-failure.js';
import { benchmarkRow } from '../../src/benchmark/rows.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-journal-'));
  path = join(folder, 'out', 'journal.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const rows = ['cold-start', 'vit-onnx-512', 'vit-onnx-768', 'vit-onnx-1024', 'vil-onnx-512'].map(
  benchmarkRow,
);
const limits = { memoryBytes: 2 ** 30, seconds: 60 };

/** Runs the rows with a stand-in for measuring; returns the names measured and those told as kept. */
async function run(
  measure: (row: BenchmarkRow) => Figures,
  settings: { threads?: number; memoryOnly?: boolean; seconds?: number } = {},
) {
  const { threads = 2, memoryOnly, seconds = 60 } = settings;
  const [measured, kept]: [string[], string[]] = [[], []];
  const journal = await Journal.open(path);
  await runRows(rows, {
    options: { threads, memoryOnly },
    limits: { ...limits, seconds },
    journal,
    onRow: (row, _, isKept) => void (isKept && kept.push(row.name)),
    measure: async (row) => {
      measured.push(row.name);
      return measure(row);
    },
  });
  return { measured, kept, journal };
}

const names = rows.map(({ name }) => name);
const figures = () => ({ seconds: 1 });

describe('runRows', () => {
  it('does not measure again what an earlier run has finished', async () => {
    expect((await run(figures)).measured).toEqual(names);
    const again = await run(figures);
    expect(again).toMatchObject({ measured: [], kept: names });
    expect(again.journal.records.map(({ name }) => name)).toEqual(names);
    expect((await run(figures, { threads: 1 })).measured).toEqual(names);
  });

  it('goes on where it was interrupted', async () => {
    const interrupted = run(({ name }) => {
      if (name === 'vit-onnx-768') throw new Error('interrupted');
      return figures();
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    // What a crash leaves of the line that was being written.
    await appendFile(path, '{"name":"vit-onnx-768","figu');
    expect((await run(figures)).measured).toEqual(names.slice(2));
    expect((await run(figures)).measured).toEqual([]);
  });

  it('shows a failure as a row and does not try larger images of that model', async () => {
    const failing = ({ name }: BenchmarkRow) => {
      if (name === 'vit-onnx-768') throw new RowFailure('memory', 'more than the memory limit of 1.0 GiB');
      return figures();
    };
    const { measured, journal } = await run(failing);
    expect(measured).toEqual(['cold-start', 'vit-onnx-512', 'vit-onnx-768', 'vil-onnx-512']);
    expect(journal.find('vit-onnx-768')!.failure).toEqual({
      reason: 'memory',
      message: 'more than the memory limit of 1.0 GiB',
    });
    expect(journal.find('vit-onnx-1024')!.failure).toEqual({
      reason: 'skipped',
      message: 'not tried: it failed at 768 x 768',
    });
    expect((await run(failing)).measured).toEqual([]);
    // Under other limits a failure says nothing.
    expect((await run(figures, { seconds: 120 })).measured).toEqual(['vit-onnx-768', 'vit-onnx-1024']);
  });

  it('measures times that an earlier run left out', async () => {
    await run(figures, { memoryOnly: true });
    expect((await run(figures, { memoryOnly: true })).measured).toEqual([]);
    expect((await run(figures)).measured).toEqual(names);
    expect((await run(figures, { memoryOnly: true })).measured).toEqual([]);
  });
});

it('writes one line for each row', async () => {
  await run(figures);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    names.map((name) => ({ name, figures: { seconds: 1 } })),
  );
});
