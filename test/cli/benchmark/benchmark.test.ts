import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../../src/benchmark/machine.js';
import { runCli } from '../run-cli.js';

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
  folder = await mkdtemp(join(tmpdir(), 'vil-benchmark-'));
  await mkdir(join(folder, 'measured'));
  await writeFile(join(folder, 'measured', 'journal.jsonl'), `${JSON.stringify(row)}\n`);
  await writeFile(join(folder, 'measured', 'run.json'), JSON.stringify(origin));
});
afterAll(() => rm(folder, { recursive: true }));

describe('vil benchmark', () => {
  it('writes a report later that names the machine and the command of the measurements', async () => {
    const out = join(folder, 'measured');
    const { code, stdout, stderr } = await runCli('benchmark', '--report-only', '--out', out);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(join(out, 'report.html'));
    const report = await readFile(join(out, 'report.md'), 'utf8');
    expect(report).toContain('- Machine: Some other processor');
    expect(report).toContain(`- Command: ${origin.command}`);
    expect(report).toMatch(/^\| 512 \|.*\| 0\.25 \|/m);
  });

  it('lists the rows when there is none of a name', async () => {
    const { code, stderr } = await runCli('benchmark', '--only', 'vil-huge');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no benchmark row vil-huge. Rows: vil-tiny-1024, /);
  });

  it('says in a line why a row that it was asked for has no figures', async () => {
    const { code, stderr } = await runCli(
      'benchmark',
      '--only',
      'vit-224-onnx-224',
      '--memory-limit',
      '0.05',
    );
    expect(code).toBe(1);
    expect(stderr).toBe('error: benchmark row vit-224-onnx-224: more than the memory limit of 0.1 GiB\n');
  });

  it('refuses flags that contradict each other before it deletes or measures anything', async () => {
    const { code, stderr } = await runCli('benchmark', '--report-only', '--fresh', '--out', folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/'--report-only' cannot be used with option '--fresh'/);
  });
});
