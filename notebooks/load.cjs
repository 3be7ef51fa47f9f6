/**
 * Imports a module of the build, by its path in dist/. tslab compiles cells to CommonJS, whose `require` refuses modules
 * that wait at top level; `import()` takes them, but in cells it is compiled to `require` too.
 */
exports.load = (path) => import(require('node:path').join(__dirname, '..', 'dist', path));
