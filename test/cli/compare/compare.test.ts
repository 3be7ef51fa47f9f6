import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';

describe('vil compare', () => {
  it.each([
    [['compare'], /--data <path>/],
    [['compare', '--data', '.', '--sizes', '10'], /32 or more/],
    [['compare', '--data', 'absent'], /absent/],
  ])('%j says what is wrong', async (args, message) => {
    const { code, stderr } = await runCli(...args);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});
