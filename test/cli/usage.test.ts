import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runCli } from './run-cli.js';

it('prints the version of the package', { timeout: 60_000 }, async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const { code, stdout, stderr } = await runCli('--version');
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

it.each([
  [['detect', '--out', 'a.csv', '--x'], "error: unknown option '--x'. See vil detect --help"],
  [
    ['classify', '--topk', '3', 'a.png'],
    "error: unknown option '--topk' (Did you mean --top-k?). See vil classify --help",
  ],
  [
    ['train'],
    'error: give --data <folder or labels> to have everything chosen, or a configuration. See vil train --help',
  ],
  [
    ['classify', 'a.png', '--top-k', 'no'],
    "error: option '--top-k <count>' argument 'no' is invalid. It must be a positive integer. See vil classify --help",
  ],
  [['clasify'], "error: unknown command 'clasify' (Did you mean classify?). See vil --help"],
])('answers %j with one line and where the help is', { timeout: 60_000 }, async (args, line) => {
  const { code, stdout, stderr } = await runCli(...args);
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
});
