import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixture = (name: string) => join(root, 'test/fixtures/checkpoints', name);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function convert(...args: string[]): Promise<Outcome> {
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'convert', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** A failure that a person can act on: one line, no stack. */
function expectRefusal({ code, stderr }: Outcome, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
}

describe('vil convert', () => {
  it('writes a folder that reads back as the model', async () => {
    const out = join(folder, 'windowed');
    const outcome = await convert(
      fixture('vit-timm.safetensors'),
      '--out',
      out,
      '--heads',
      '2',
      '--window',
      '3',
      '--mean',
      '0.4',
    );
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(
      /Vision Longformer l1,h2,d16,n2,s1,g1,p8,f3,a1, 0\.0 million parameters, 5 classes/,
    );
    const model = await readModelFolder(out);
    expect(model.config).toMatchObject({ type: 'vil', shareGlobalProjections: false, positionTable: 'full' });
    expect(model.preprocessing).toMatchObject({ mean: [0.4, 0.4, 0.4], std: [0.5, 0.5, 0.5] });
    expect(await readFile(join(out, 'README.md'), 'utf8')).toMatch(/Converted from `vit-timm\.safetensors`/);
  });

  it('refuses truncated files', async () => {
    for (const name of ['vit-timm.safetensors', 'longformer-relative.pth']) {
      const path = join(folder, name);
      await copyFile(fixture(name), path);
      await truncate(path, 20_000);
      expectRefusal(await convert(path, '--out', join(folder, 'none')), /error: .*truncated/);
    }
  });

  it('refuses a text file named .pth', async () => {
    const path = join(folder, 'page.pth');
    await writeFile(path, '<html>Not Found</html>');
    expectRefusal(
      await convert(path, '--out', join(folder, 'none')),
      /page\.pth is no checkpoint of PyTorch/,
    );
  });

  it('refuses a malicious pickle without running it', async () => {
    const outcome = await convert(fixture('malicious.pth'), '--out', join(folder, 'none'));
    expectRefusal(outcome, /refers to posix\.system/);
    expect(outcome.stdout).not.toMatch(/this must never run/);
  });

  it('names the tensors of wrong shapes', async () => {
    const arch = 'l1,h2,d8,n1,s1,g1,p8,f2,a0_l2,h2,d16,n1,s0,g0,p2,a0';
    const outcome = await convert(
      fixture('longformer-relative.pth'),
      '--out',
      join(folder, 'none'),
      '--arch',
      arch,
    );
    expectRefusal(
      outcome,
      /wrong shapes: layer1\.0\.proj\.weight has shape \[8,3,4,4\] instead of \[8,3,8,8\]/,
    );
  });

  it('explains options that make no sense', async () => {
    const file = fixture('vit-timm.safetensors');
    const outcome = await convert(file, '--out', join(folder, 'none'), '--window', 'wide');
    expect(outcome.stderr).toMatch(/--window.*It must be a positive integer/);
    expect(outcome.code).toBe(1);
    expectRefusal(await convert(file, '--out', root, '--heads', '2'), /holds other files/);
  });
});
