import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.js';
import type { ModelDescription } from './model-description.js';
import { modelFiles } from './model-description.js';
import { readDescription } from './model-folder.js';
import type { NamedModel } from './named-models.js';
import { namedModels } from './named-models.js';

/** What a list of models says of one. */
export interface ListedModel
  extends NamedModel,
    Partial<Pick<ModelDescription, 'tasks' | 'gsd' | 'operatingPoint' | 'about'>> {
  readonly task: 'classify' | 'detect';
  /** Class names, in the order of their indices. */
  readonly labels: readonly string[];
  /** Of its weights. */
  readonly bytes: number;
  /** Why it cannot be read, where it cannot; then nothing else is known. */
  readonly damage?: string;
}

/** Reads what all models with a name say of themselves; not their weights. */
export function listModels(): Promise<ListedModel[]> {
  return Promise.all(namedModels().map(describe));
}

async function describe(model: NamedModel): Promise<ListedModel> {
  try {
    const { config, labels, tasks, gsd, operatingPoint, about } = await readDescription(model.path);
    const { size } = await stat(join(model.path, modelFiles.weights));
    const task = config.type === 'detector' ? 'detect' : 'classify';
    return { ...model, task, labels, tasks, bytes: size, gsd, operatingPoint, about };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...model, task: 'classify', labels: [], bytes: 0, damage: error.message };
  }
}
