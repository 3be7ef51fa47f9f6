import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/benchmark/machine.js';
import { startProgram } from '../cli/run-cli.js';

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const bench = (...args: string[]) => startProgram(main, ...args).finished;

const row = {
  ...{ name: 'vil-onnx-512', finishedAt: '2024-01-01T00:00:00.000Z', threads: 3, memoryOnly: false },
  ...{ limits: '', figures: { seconds: 0.25, megapixelsPerSecond: 1.05, activationBytes: 4e7 } },
};
const origin = {
  machine: { ...thisMachine(), cpu: 'Some other processor' },
  command: 'npm run bench -- --full --threads 3',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-bench-'));
  await mkdir(join(folder, 'measured'));
  await writeFile(join(folder, 'measured', 'journal.jsonl'), `${JSON.stringify(row)}\n`);
  await writeFile(join(folder, 'measured', 'run.json'), JSON.stringify(origin));
});
afterAll(() => rm(folder, { recursive: true }));

describe('npm run bench', () => {
  it('writes a report later that names the machine and the command of the measurements', async () => {
    const out = join(folder, 'measured');
    const { code, stdout, stderr } = await bench('--report-only', '--out', out);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(join(out, 'report.html'));
    const report = await readFile(join(out, 'report.md'), 'utf8');
    expect(report).toContain('- Machine: Some other processor');
    expect(report).toContain(`- Command: ${origin.command}`);
    expect(report).toMatch(/^\| 512 \|.*\| 0\.25 \|/m);
  });

  it('refuses flags that contradict each other before it deletes or measures anything', async () => {
    const { code, stderr } = await bench('--report-only', '--fresh', '--out', folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/'--report-only' cannot be used with option '--fresh'/);
  });

  it('measures a row of an experiment from the sources', async () => {
    const { code, stdout } = await bench(
      ...['--only', 'experiment-megapixel-long-vil-onnx-224', '--json', '--memory-only'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'experiment-megapixel-long-vil-onnx-224' });
  });
});
