/**
 * Bundles the code of the page: `bundle-page.ts [folder]`, by default into dist/server/public, which the server serves
 * beside server/public.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { packageRoot } from '../src/base/package-root.js';
import { writeAtomically } from '../src/base/write-atomically.js';

/** What each file of the page is made of, in server/browser; the second is loaded when somebody asks for it. */
const bundles = { 'page.js': 'page.ts', 'browser/inference.js': 'inference.ts' };

/**
 * @param folder is served as the page's own
 * @returns bytes of each file written
 */
export async function bundlePage(folder: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const [name, source] of Object.entries(bundles)) {
    const { outputFiles } = await bundle(source);
    // Whole or not at all: a server that runs may be asked for it meanwhile.
    const { contents } = outputFiles[0]!;
    await writeAtomically(join(folder, name), contents);
    sizes.set(name, contents.byteLength);
  }
  return sizes;
}

/** Names of the packages of others whose code is in the page, in order. */
export async function bundledPackages(): Promise<string[]> {
  const names = new Set<string>();
  for (const source of Object.values(bundles)) {
    const { metafile } = await bundle(source);
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
        if (name !== undefined && bytesInOutput > 0) names.add(name);
      }
    }
  }
  return [...names].sort();
}

function bundle(source: string) {
  return build({
    entryPoints: [join(packageRoot(), 'server', 'browser', source)],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bundlePage(process.argv[2] ?? join(packageRoot(), 'dist', 'server', 'public'));
}
