import { createModel } from '../../../models/model-config.js';
import { modelCard } from '../../checkpoint/card.js';
import { convertCheckpoint } from '../../checkpoint/convert.js';
import { readLabels } from '../../checkpoint/labels.js';
import { checkModelTarget, writeModelFolder } from '../../checkpoint/model-folder.js';
import { elementCount } from '../../tensor/named-arrays.js';
import type { ConvertFlags } from './flags.js';

/** Converts the checkpoint, writes the folder and says what was made of it. */
export async function convert(file: string, flags: ConvertFlags): Promise<void> {
  const { out, labels, newHead, seed, ...options } = flags;
  checkModelTarget(out);
  const { model, notes } = await convertCheckpoint(file, {
    ...options,
    labels: labels === undefined ? undefined : await readLabels(labels),
    newHeadSeed: newHead ? seed : undefined,
  });
  await writeModelFolder(out, model, modelCard(file, model, notes));
  const { config, labels: classes } = model;
  const shapes = Object.values(createModel(config).parameterShapes);
  const parameters = shapes.reduce((sum, shape) => sum + elementCount(shape), 0);
  const kind = config.type === 'vil' ? `Vision Longformer ${config.arch}` : 'Vision transformer';
  process.stdout.write(`${[...notes, ''].join('\n')}`);
  process.stdout.write(
    `${out}: ${kind}, ${(parameters / 1e6).toFixed(1)} million parameters, ${classes.length === 0 ? 'no classifier' : `${classes.length} classes`}\n`,
  );
}
