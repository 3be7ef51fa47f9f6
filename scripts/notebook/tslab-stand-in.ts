import type { CellOutput } from './notebook-file.js';

/** What a running notebook tells `executeCells`. */
export type CellMessage = { readonly cell: number; readonly output?: CellOutput };

let current = 0;

/** Called before each cell: what is printed from now on is its output. */
export function startCell(cell: number): void {
  current = cell;
  process.send?.({ cell } satisfies CellMessage);
}

function show(type: string, content: string): void {
  const output: CellOutput = { output_type: 'display_data', data: { [type]: content }, metadata: {} };
  process.send?.({ cell: current, output } satisfies CellMessage);
}

/** The part of tslab's module that notebooks here use; outputs go to the runner instead of Jupyter. */
export const display = {
  png: (bytes: Uint8Array) => show('image/png', Buffer.from(bytes).toString('base64')),
  svg: (source: string) => show('image/svg+xml', source),
  html: (source: string) => show('text/html', source),
  markdown: (source: string) => show('text/markdown', source),
};

process.stdout.write = ((chunk: string | Uint8Array) => {
  const output: CellOutput = { output_type: 'stream', name: 'stdout', text: Buffer.from(chunk).toString() };
  process.send?.({ cell: current, output } satisfies CellMessage);
  return true;
}) as typeof process.stdout.write;
