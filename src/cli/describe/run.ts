import { existsSync } from 'node:fs';
import { formatArchitecture, parseArchitecture } from '../../../models/architecture.js';
import { namedConfiguration } from '../../../models/configurations.js';
import { describeModel, type ModelDescription } from '../../../models/describe.js';
import { type ModelConfig, modelConfigSchema } from '../../../models/model-config.js';
import { readModelFolder } from '../../checkpoint/model-folder.js';
import type { DescribeFlags } from './flags.js';

/** Prints the table, or the description as JSON. */
export async function describe(arch: string, { size, classes, json }: DescribeFlags): Promise<void> {
  const config = await configurationOf(arch, { classes, imageSize: size ?? DEFAULT_SIZE });
  const description = describeModel(config, size);
  process.stdout.write(`${json ? JSON.stringify(description, null, 2) : table(description)}\n`);
}

const DEFAULT_SIZE: [number, number] = [224, 224];

async function configurationOf(
  arch: string,
  options: { classes: number; imageSize: [number, number] },
): Promise<ModelConfig> {
  if (existsSync(arch)) return (await readModelFolder(arch)).config;
  // Architecture strings start with the number of the first stage.
  if (!/^l\d/.test(arch)) return namedConfiguration(arch.replaceAll('-', '_'), options);
  const checked = formatArchitecture(parseArchitecture(arch));
  return modelConfigSchema.parse({ type: 'vil', arch: checked, ...options });
}

const HEADINGS = ['stage', 'grid', 'global', 'width', 'heads', 'blocks', 'attention', 'parameters', 'MACs'];

function table({ imageSize, stages, head, parameters, macs, globalMacs }: ModelDescription): string {
  const rows = [
    HEADINGS,
    ...stages.map((stage) => [
      stage.name,
      stage.grid.join('x'),
      String(stage.globals),
      String(stage.width),
      String(stage.heads),
      String(stage.blocks),
      stage.attention === 'full' ? 'full' : `window ${stage.attention}`,
      grouped(stage.parameters),
      giga(stage.macs),
    ]),
    ['head', '', '', '', '', '', '', grouped(head.parameters), giga(head.macs)],
    ['total', '', '', '', '', '', '', grouped(parameters), giga(macs)],
  ];
  const note = `Image ${imageSize.join('x')}. MACs as published: without the ${giga(globalMacs)} of the global tokens' own rows.`;
  return [...aligned(rows), note].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function giga(value: number): string {
  return `${(value / 1e9).toFixed(value < 1e8 ? 4 : 2)}G`;
}
