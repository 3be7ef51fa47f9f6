import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** Text as notebooks keep it: a string, or a list of its lines. */
const text = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat().join(''));

const cellSchema = z.looseObject({ cell_type: z.string(), source: text });

/** What this project reads and writes of the format (https://nbformat.readthedocs.io, version 4). */
const notebookSchema = z.looseObject({ nbformat: z.literal(4), cells: z.array(cellSchema) });
export type Notebook = z.infer<typeof notebookSchema>;

/** An output of a code cell, as the format has it. */
export type CellOutput =
  | { readonly output_type: 'stream'; readonly name: 'stdout'; readonly text: string }
  | {
      readonly output_type: 'display_data';
      readonly data: Readonly<Record<string, string>>;
      readonly metadata: object;
    };

export async function readNotebook(path: string): Promise<Notebook> {
  return notebookSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** The sources of the code cells, in order. */
export function codeCells({ cells }: Notebook): string[] {
  return cells.filter(({ cell_type }) => cell_type === 'code').map(({ source }) => source);
}

/** The notebook with these outputs, a list for each code cell. */
export function withOutputs(notebook: Notebook, outputs: readonly (readonly CellOutput[])[]): Notebook {
  let count = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== 'code') return cell;
    const own = outputs[count] ?? [];
    count += 1;
    return { ...cell, execution_count: count, outputs: own.map(splitText) };
  });
  return { ...notebook, cells };
}

/** Writes a notebook, its text in lines so that versions compare. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  const cells = notebook.cells.map((cell) => ({ ...cell, source: toLines(cell.source) }));
  await writeFile(path, `${JSON.stringify({ ...notebook, cells }, null, 1)}\n`);
}

function splitText(output: CellOutput): object {
  return output.output_type === 'stream' ? { ...output, text: toLines(output.text) } : output;
}

/** Lines with their line breaks. */
function toLines(value: string): string[] {
  return value.split(/(?<=\n)/);
}
