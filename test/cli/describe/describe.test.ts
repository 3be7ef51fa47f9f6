import { describe, expect, it, vi } from 'vitest';
import { describeCommand } from '../../../src/cli/describe/command.js';

async function run(...args: string[]): Promise<string> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    await describeCommand().parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return written.join('');
}

describe('vil describe', () => {
  it('prints a named configuration by stage', async () => {
    const lines = (await run('vil-tiny')).split('\n');
    expect(lines).toHaveLength(9);
    expect(lines[3]).toMatch(/^layer3 +14x14 +1 +192 +3 +9 +full +4,098,036 +0.93G$/);
    expect(lines[6]).toMatch(/^total +6,719,698 +1.43G$/);
  });

  it('prints an architecture string as JSON, at any size and number of classes', async () => {
    const json = await run('l1,h1,d48,n2,p8,f4', '--size', '64x128', '--classes', '5', '--json');
    const { stages, head, imageSize } = JSON.parse(json);
    expect(imageSize).toEqual([64, 128]);
    expect(stages).toHaveLength(1);
    expect(stages[0]).toMatchObject({ grid: [8, 16], attention: 4, blocks: 2 });
    expect(head.macs).toBe(48 * 5);
  });

  it('lists the names it knows when asked for another', async () => {
    await expect(run('vil_huge')).rejects.toThrow(/no configuration vil_huge. Known: vil_tiny, /);
  });
});
