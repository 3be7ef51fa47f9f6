import { basename } from 'node:path';
import type { ConvertedModel } from './convert.js';

/** The README.md of a converted model: what it was made from and how, in Markdown. */
export function modelCard(source: string, model: ConvertedModel, notes: readonly string[]): string {
  const { config, preprocessing, labels } = model;
  const architecture =
    config.type === 'vil'
      ? `Vision Longformer, \`${config.arch}\``
      : `plain vision transformer, width ${config.width}, ${config.depth} blocks, ${config.heads} heads, patch ${config.patch}`;
  const lines = [
    '# Converted model',
    '',
    `Converted from \`${basename(source)}\` with \`vil convert\`.`,
    '',
    `- Architecture: ${architecture}`,
    `- Classes: ${labels.length}`,
    `- Made for ${preprocessing.imageSize.join(' x ')} pixels (height x width)`,
    `- Channels: mean ${preprocessing.mean.join(', ')}; deviation ${preprocessing.std.join(', ')}`,
    '- Licence: that of the checkpoint it was converted from',
    ...(notes.length > 0 ? ['', 'Remarks of the conversion:', '', ...notes.map((note) => `- ${note}`)] : []),
  ];
  return `${lines.join('\n')}\n`;
}
