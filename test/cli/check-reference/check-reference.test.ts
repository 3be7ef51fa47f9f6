import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkReferenceCommand } from '../../../src/cli/check-reference/command.js';

const FOLDER = new URL('../../fixtures/reference/', import.meta.url).pathname;
const FILE = `${FOLDER}model/full_attention.safetensors`;

async function run(...args: string[]): Promise<{ output: string; exitCode: unknown }> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  await checkReferenceCommand().parseAsync(args, { from: 'user' });
  write.mockRestore();
  return { output: written.join(''), exitCode: process.exitCode };
}

describe('vil check-reference', () => {
  afterEach(() => {
    process.exitCode = undefined;
  });

  it('prints the largest errors of each file', async () => {
    const { output, exitCode } = await run(FILE, '--engine', 'wasm');
    expect(output).toMatch(/^pass {2}.*full_attention.safetensors\n +largest errors: outputs \d\.\de-\d of/);
    expect(output).toMatch(/1 of 1 within tolerance on wasm\n$/);
    expect(exitCode).toBeUndefined();
  });

  it('prints JSON, and ends with 1 when a file fails', async () => {
    const { output, exitCode } = await run(FILE, 'no-such-file', '--engine', 'wasm', '--json');
    const { engine, failed, files } = JSON.parse(output);
    expect({ engine, failed }).toEqual({ engine: 'wasm', failed: 1 });
    expect(files[0].comparisons[0]).toMatchObject({ kind: 'output', name: 'features', passed: true });
    expect(files[1].error).toContain('no-such-file');
    expect(exitCode).toBe(1);
  });
});
