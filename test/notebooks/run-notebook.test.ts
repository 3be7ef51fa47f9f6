import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executeCells } from '../../scripts/notebook/execute-cells.js';
import type { CellOutput } from '../../scripts/notebook/notebook-file.js';
import { codeCells, readNotebook, withOutputs, writeNotebook } from '../../scripts/notebook/notebook-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-notebook-'));
});
afterAll(() => rm(folder, { recursive: true }));

function textOf(output: CellOutput): string {
  return output.output_type === 'stream' ? [output.text].flat().join('') : 'image';
}

describe('running cells', () => {
  it('shares names between cells, waits at top level and gives each cell its outputs', async () => {
    const outputs = await executeCells(
      [
        `import * as tslab from 'tslab';\nconst one: number = await Promise.resolve(1);\nconsole.log('a');\nconsole.log('b');`,
        `tslab.display.png(new Uint8Array([one, 2, 3]));\nconsole.log(one + 1);`,
        '// nothing',
      ],
      folder,
    );
    expect(outputs).toEqual([
      [{ output_type: 'stream', name: 'stdout', text: 'a\nb\n' }],
      [
        { output_type: 'display_data', data: { 'image/png': 'AQID' }, metadata: {} },
        { output_type: 'stream', name: 'stdout', text: '2\n' },
      ],
      [],
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('names the cell that fails', async () => {
    await expect(executeCells(['const a = 1;', 'throw new Error("no " + a);'], folder)).rejects.toThrow(
      /code cell 2 failed:.*Error: no 1/s,
    );
  });
});

describe.each(['notebooks/megapixel.ipynb'])('%s', (path) => {
  it('is committed with its outputs', async () => {
    const { cells } = await readNotebook(path);
    const code = cells.filter(({ cell_type }) => cell_type === 'code');
    expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, index) => index + 1));
    const outputs = code.flatMap((cell) => cell.outputs as CellOutput[]);
    expect(outputs.filter(({ output_type }) => output_type === 'display_data').length).toBeGreaterThan(4);
    expect((await readFile(path)).length).toBeLessThan(2 ** 20);
  });

  // Its cells import the build, which `npm test` makes.
  it.skipIf(!existsSync('dist/src/index.js'))(
    'runs from top to bottom and gives what is committed',
    async () => {
      const notebook = await readNotebook(path);
      const outputs = await executeCells(codeCells(notebook), 'notebooks');
      const committed = notebook.cells.filter(({ cell_type }) => cell_type === 'code');
      for (const [index, { source, outputs: kept }] of committed.entries()) {
        const was = kept as CellOutput[];
        expect(outputs[index]!.length > 0, `output of code cell ${index + 1}`).toBe(was.length > 0);
        // The others change with every new result or model.
        if (!/readResults\(|docs\/benchmark|zoo/.test(source)) {
          expect(outputs[index]!.map(textOf)).toEqual(was.map(textOf));
        }
      }
      const copy = join(folder, 'copy.ipynb');
      await writeNotebook(copy, withOutputs(notebook, outputs));
      expect(codeCells(await readNotebook(copy))).toEqual(codeCells(notebook));
    },
    300_000,
  );
});
