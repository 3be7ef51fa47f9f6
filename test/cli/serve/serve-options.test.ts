import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverLimits } from '../../../server/limits.js';
import { sceneLimits } from '../../../server/scenes/scene-limits.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { serveCommand } from '../../../src/cli/serve/command.js';

it('has the options and defaults that docs/serving.md lists, and no others', async () => {
  const text = await readFile(join(packageRoot(), 'docs', 'serving.md'), 'utf8');
  const section = text.slice(text.indexOf('## Options'), text.indexOf('## How work is done'));
  const rows = [...section.matchAll(/^\| `(--[^`]+)` \| (.*?) \|/gm)].map(([, flags, value]) => [
    flags,
    value,
  ]);
  const options = serveCommand().options.map(({ flags, defaultValue }) => [
    flags,
    defaultValue === undefined ? expect.not.stringMatching(/`/) : `\`${defaultValue}\``,
  ]);
  const byFlags = ([a]: unknown[], [b]: unknown[]) => String(a).localeCompare(String(b));
  expect(rows.sort(byFlags)).toEqual(options.sort(byFlags));
});

describe.each([...Object.values(serverLimits), ...Object.values(sceneLimits)])('$flags', (row) => {
  it('is bounded as docs/serving.md and --help say', async () => {
    const text = await readFile(join(packageRoot(), 'docs', 'serving.md'), 'utf8');
    expect(text).toContain(`\n| \`${row.flags}\` | \`${row.default}\` | ${row.help} |\n`);
    const option = serveCommand().options.find(({ flags }) => flags === row.flags);
    expect(option?.description).toBe(row.help.replaceAll('`', ''));
    expect(option?.defaultValue).toBe(row.default);
  });
});
