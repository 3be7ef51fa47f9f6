import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';

describe('vil benchmark', () => {
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

  it('measures no report: that is for a clone', async () => {
    const { code, stderr } = await runCli('benchmark', '--full');
    expect(code).toBe(1);
    expect(stderr).toMatch(/unknown option '--full'/);
    expect((await runCli('benchmark', '--help')).stdout).toContain('npm run bench -- --help');
  });
});
