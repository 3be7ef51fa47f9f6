import { type ChildProcess, fork } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import type { CellOutput } from './notebook-file.js';
import type { CellMessage } from './tslab-stand-in.js';

const standIn = new URL('./tslab-stand-in.ts', import.meta.url).href;

/**
 * Runs code cells from top to bottom, as the tslab kernel does, in one Node.js process without Jupyter.
 *
 * @param folder the notebook's, where relative imports and paths start
 * @returns the outputs of each cell
 * @throws Error naming the cell that failed, with what it said
 */
export async function executeCells(cells: readonly string[], folder: string): Promise<CellOutput[][]> {
  const file = resolvePath(folder, `.run-${process.pid}.mts`);
  await writeFile(file, programOf(cells));
  try {
    return await collectOutputs(
      fork(file, {
        cwd: folder,
        execArgv: ['--import', import.meta.resolve('tsx')],
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      }),
      cells.length,
    );
  } finally {
    await rm(file, { force: true });
  }
}

/** All cells as one module: they share its scope, as in the kernel. */
export function programOf(cells: readonly string[]): string {
  const marked = cells.map((source, index) => {
    const own = source.replaceAll(/from 'tslab'/g, `from ${JSON.stringify(standIn)}`);
    return `__startCell(${index});\n${own}`;
  });
  return `import { startCell as __startCell } from ${JSON.stringify(standIn)};\n${marked.join('\n')}\nprocess.disconnect?.();\n`;
}

function collectOutputs(child: ChildProcess, count: number): Promise<CellOutput[][]> {
  const outputs: CellOutput[][] = Array.from({ length: count }, () => []);
  let current = 0;
  let complaints = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    complaints += chunk;
  });
  child.on('message', ({ cell, output }: CellMessage) => {
    current = cell;
    if (output) append(outputs[cell]!, output);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(outputs);
      else reject(new Error(`code cell ${current + 1} failed:\n${complaints.trim()}`));
    });
  });
}

/** Text that follows text becomes one output. */
function append(outputs: CellOutput[], output: CellOutput): void {
  const last = outputs.at(-1);
  if (last?.output_type === 'stream' && output.output_type === 'stream') {
    outputs[outputs.length - 1] = { ...last, text: last.text + output.text };
  } else {
    outputs.push(output);
  }
}
