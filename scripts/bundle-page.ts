/**
 * Bundles what the page needs to run models in the browser: `bundle-page.ts [folder]`, by default into
 * dist/server/public, which the server serves beside server/public.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import { packageRoot } from '../src/base/package-root.js';

/** Node's own modules that shared code takes one function from. */
const browserModules: Readonly<Record<string, string>> = {
  'node:timers/promises': 'export const setImmediate = () => new Promise((resolve) => setTimeout(resolve));',
};

const inBrowser: Plugin = {
  name: 'in the browser',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) =>
      path in browserModules ? { path, namespace: 'browser' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'browser' }, ({ path }) => ({ contents: browserModules[path] }));
  },
};

/** @param folder is served as the page's own; gets `browser/inference.js` */
export async function bundlePage(folder: string): Promise<void> {
  await build({
    entryPoints: [join(packageRoot(), 'server', 'browser', 'inference.ts')],
    outfile: join(folder, 'browser', 'inference.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Dawn for Node.js; a page has its own WebGPU.
    external: ['webgpu'],
    plugins: [inBrowser],
    logLevel: 'warning',
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bundlePage(process.argv[2] ?? join(packageRoot(), 'dist', 'server', 'public'));
}
