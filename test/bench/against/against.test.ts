import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Build, type BuildFigures, measureWith, openBuild } from '../../../bench/against/build.js';
import { compareRow, comparisonLines, machineLines } from '../../../bench/against/compare-builds.js';
import { thisMachine } from '../../../src/benchmark/machine.js';

const machine = thisMachine();
const limits = { threads: 3, memoryLimit: 2, timeLimit: 60 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-against-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A checkout whose build does what `program` says. */
async function checkout(name: string, program?: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, 'dist', 'src', 'cli'), { recursive: true });
  await writeFile(join(path, 'package.json'), '{ "type": "module" }');
  if (program !== undefined) await writeFile(join(path, 'dist', 'src', 'cli', 'main.js'), program);
  return path;
}

describe('another build', () => {
  it('measures a row through its command line', async () => {
    const figures = { name: 'vil-tiny-1024', seconds: 2, peakRssBytes: 1000, machine };
    const path = await checkout(
      'answers',
      `console.log(JSON.stringify({ ...${JSON.stringify(figures)}, machine: { ...${JSON.stringify(machine)}, cpu: process.argv.slice(2).join(' ') } }));`,
    );
    expect(await measureWith(openBuild(path), 'vil-tiny-1024', limits)).toEqual({
      seconds: 2,
      peakRssBytes: 1000,
      machine: {
        ...machine,
        cpu: 'benchmark --only vil-tiny-1024 --json --threads 3 --memory-limit 2 --time-limit 60',
      },
    });
  });

  it('says what to do where there is none', async () => {
    const unbuilt = await checkout('unbuilt');
    expect(() => openBuild(join(folder, 'nowhere'))).toThrow(/There is no folder .*nowhere/);
    expect(() => openBuild(folder)).toThrow(/not a checkout of this repository/);
    expect(() => openBuild(unbuilt)).toThrow(/is not built. Run there: npm ci && npm run build/);
  });

  it('passes on why it cannot measure a row', async () => {
    const path = await checkout('refuses', `console.error('error: no such row'); process.exit(1);`);
    await expect(measureWith(openBuild(path), 'a-row', limits)).rejects.toThrow(
      `The build in ${path} cannot measure a-row: no such row`,
    );
    const silent = await checkout('silent', `console.log('{}');`);
    await expect(measureWith(openBuild(silent), 'a-row', limits)).rejects.toThrow(
      /printed no time for a-row: {}/,
    );
  });
});

describe('a comparison', () => {
  const own: Build = { folder: 'own', program: '' };
  const other: Build = { folder: 'other', program: '' };

  it('takes turns at going first and pairs what ran together', async () => {
    const order: string[] = [];
    const seconds = { own: [1, 4, 3], other: [2, 4, 2] };
    const measure = async ({ folder: name }: Build): Promise<BuildFigures> => {
      order.push(name);
      const turn = order.filter((each) => each === name).length - 1;
      const peakRssBytes = name === 'own' ? 50 : 100;
      return { seconds: seconds[name as 'own' | 'other'][turn]!, peakRssBytes, machine };
    };
    const comparison = await compareRow('a-row', [own, other], 3, measure);
    expect(order).toEqual(['own', 'other', 'other', 'own', 'own', 'other']);
    expect(comparison.timeRatio).toEqual({ median: 1, least: 0.5, most: 1.5 });
    expect(comparison.memoryRatio).toEqual({ median: 0.5, least: 0.5, most: 0.5 });
    expect(comparison.seconds).toEqual({ own: 3, other: 2 });
    expect(comparisonLines(comparison)).toEqual([
      'a-row',
      '  turn 1: 1.000 s against 2.000 s, ratio 0.500',
      '  turn 2: 4.000 s against 4.000 s, ratio 1.000',
      '  turn 3: 3.000 s against 2.000 s, ratio 1.500',
      '  time: median 3.000 s against 2.000 s, ratio 1.000 (0.500 to 1.500)',
      '  peak memory: ratio 0.500 (0.500 to 0.500)',
    ]);
  });

  it('names what the other build runs on where that differs', () => {
    expect(machineLines(machine)).toHaveLength(1);
    expect(machineLines({ ...machine, onnxruntime: '1.0.0' })[1]).toBe(
      `The other build runs on onnxruntime 1.0.0 instead of ${machine.onnxruntime}.`,
    );
  });
});
