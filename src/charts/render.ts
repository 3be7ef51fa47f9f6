import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { TopLevelSpec } from 'vega-lite';
import { optionalPackage } from '../base/optional-package.js';
import { palette } from './palette.js';
import { theme } from './theme.js';

/** An image of data, to be drawn into a report or a file. */
export interface Chart {
  /** Of its files, without extension. */
  readonly name: string;
  /** What it shows and how to read it, in a sentence or two. */
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

/**
 * Draws a Vega-Lite specification in the project's theme.
 * @throws UserError when vega and vega-lite are not installed
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const vega = await optionalPackage('vega', 'Drawing charts', () => import('vega'), ['vega-lite', 'canvas']);
  const { compile } = await optionalPackage('vega-lite', 'Drawing charts', () => import('vega-lite'), [
    'vega',
  ]);
  const view = new vega.View(vega.parse(compile(spec, { config: theme }).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** Pixels of a PNG per pixel of the chart. */
const PNG_SCALE = 2;

export function svgToPng(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: 72 * PNG_SCALE })
    .png({ palette: true })
    .toBuffer();
}

/** Draws a chart into `<name>.svg` and `<name>.png` of a folder; returns the SVG. */
export async function writeChart(
  folder: string,
  { name, spec }: Pick<Chart, 'name' | 'spec'>,
): Promise<string> {
  const svg = await renderSvg(spec);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.svg`), svg);
  await writeFile(join(folder, `${name}.png`), await svgToPng(svg));
  return svg;
}

/** An SVG of `renderSvg` for a page with the variables of `paletteCss`, light or dark like the reader's. */
export function toInlineSvg(svg: string): string {
  return Object.entries(palette)
    .reduce((text, [name, { light }]) => text.replaceAll(light, `var(--${name})`), svg)
    .replace(/<\?xml[^>]*>|<!DOCTYPE[^>]*>/g, '');
}

/** The palette as style sheet variables. */
export function paletteCss(): string {
  const variables = (mode: 'light' | 'dark') =>
    Object.entries(palette)
      .map(([name, colour]) => `--${name}: ${colour[mode]};`)
      .join(' ');
  return `:root { color-scheme: light dark; ${variables('light')} }
@media (prefers-color-scheme: dark) { :root { ${variables('dark')} } }`;
}
