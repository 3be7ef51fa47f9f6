/**
 * Runs a TypeScript notebook from top to bottom without Jupyter, after `npm run build`:
 * `npx tsx scripts/run-notebook.ts notebooks/megapixel.ipynb [--write]`; `--write` keeps the outputs in it.
 */
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { executeCells } from './notebook/execute-cells.js';
import { codeCells, readNotebook, withOutputs, writeNotebook } from './notebook/notebook-file.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
for (const path of positionals) {
  const notebook = await readNotebook(path);
  const outputs = await executeCells(codeCells(notebook), dirname(path));
  if (values.write) await writeNotebook(path, withOutputs(notebook, outputs));
  process.stdout.write(`${path}: ${outputs.length} code cells, ${outputs.flat().length} outputs\n`);
}
