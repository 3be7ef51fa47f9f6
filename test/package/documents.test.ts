import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/base/package-root.js';

const root = packageRoot();
const read = (path: string) => readFile(join(root, path), 'utf8');

/** Paths in backticks, from the root: `src/base`, `server/app.ts`, `.dependency-cruiser.cjs`. */
function namedPaths(text: string): string[] {
  const quoted = Array.from(text.matchAll(/`([^`\s]+)`/g), ([, path]) => path!);
  return quoted.filter(
    (path) => /^\.?[a-z][\w.-]*\/[\w./-]+$/.test(path) || /^\.?[\w-]+\.(ts|cjs|md)$/.test(path),
  );
}

describe.each(['docs/architecture.md', 'docs/README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])(
  '%s',
  (document) => {
    it('names only files and folders that are there', async () => {
      const text = await read(document);
      expect(namedPaths(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
    });

    it('links only to what is there', async () => {
      const links = Array.from((await read(document)).matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, link]) => link!);
      const local = links.filter((link) => !/^https?:/.test(link));
      expect(local.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
    });
  },
);

describe('docs/architecture.md', () => {
  it('lists the rooms of the stair in the order that the check of imports enforces', async () => {
    const rooms = Array.from(
      (await read('docs/architecture.md')).matchAll(/^\| `([^`]+)` \|/gm),
      ([, room]) => room,
    );
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
      forbidden: readonly { readonly name: string }[];
    };
    const enforced = forbidden.map(({ name }) => /^(\S+) looks up$/.exec(name)?.[1]).filter((room) => room);
    expect(rooms.length).toBeGreaterThan(10);
    expect(rooms).toEqual(enforced);
  });

  it('would notice a file that is gone', () => {
    expect(namedPaths('`src/gone.ts` and `kernels/no-such-kernel.ts`, `UserError`, `npm run check`')).toEqual(
      ['src/gone.ts', 'kernels/no-such-kernel.ts'],
    );
  });
});

describe('docs/README.md', () => {
  it('leads to every page of the documentation', async () => {
    const index = await read('docs/README.md');
    const pages = (await readdir(join(root, 'docs'))).filter(
      (name) => name.endsWith('.md') && name !== 'README.md',
    );
    expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
  });
});
