const { join } = require('node:path');

/**
 * Imports a module by its path: of bench/ the source itself, everything else from the build in dist/.
 *
 * tslab compiles cells to CommonJS, whose `require` refuses modules that wait at top level; `import()` takes them, but
 * in cells it is compiled to `require` too.
 */
exports.load = async (path) => {
  const root = join(__dirname, '..');
  if (!path.startsWith('bench/')) return import(join(root, 'dist', path));
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(join(root, path.replace(/js$/, 'ts')), __filename);
};
