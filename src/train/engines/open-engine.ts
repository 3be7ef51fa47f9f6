import type { ImageModel } from '../../../models/image-model.js';
import { UserError } from '../../base/errors.js';
import { useBackend } from '../../runtime/backends.js';
import { loadGradients } from '../../tensor/gradients.js';
import type { RunConfig } from '../config.js';
import type { Objective } from '../objective.js';
import { layerRates } from '../optimiser/weight-decay.js';
import type { EngineOptions } from './eager-engine.js';
import { EagerEngine } from './eager-engine.js';
import type { OptimiserState, TrainingEngine } from './engine.js';
import { TracedEngine } from './traced-engine.js';

/** What is optimised, and the facts of its model that the optimiser needs. */
export interface OptimisedModel {
  readonly objective: Objective;
  readonly stride: ImageModel['stride'];
  /** Number of blocks of each stage. */
  readonly stages: readonly number[];
}

/**
 * Opens the engine that a configuration asks for, at a given state of the optimiser.
 * @throws UserError when the model cannot see all of an image of the configured size, or the backend is not there
 */
export async function openEngine(
  config: RunConfig,
  model: OptimisedModel,
  state: OptimiserState,
): Promise<TrainingEngine> {
  await loadGradients();
  const options = engineOptions(config, model);
  if (config.engine === 'traced') return TracedEngine.start(options, state, config.threads);
  await useBackend(config.backend);
  return new EagerEngine(options, state);
}

function engineOptions(config: RunConfig, { objective, stride, stages }: OptimisedModel): EngineOptions {
  const [height, width] = config.imageSize;
  if (height % stride !== 0 || width % stride !== 0) {
    throw new UserError(
      `imageSize ${height} x ${width} does not fit the model: both sides must be multiples of ${stride} pixels.`,
    );
  }
  const { beta1, beta2, epsilon, weightDecay, clipNorm, averageDecay, layerDecay } = config.optimiser;
  const rates = layerRates(Object.keys(objective.parameterShapes), stages, layerDecay);
  return {
    objective,
    height,
    width,
    blocks: totalBlocks(stages),
    settings: { beta1, beta2, epsilon, weightDecay, clipNorm, averageDecay, rates },
  };
}

/** Blocks over all stages. */
export function totalBlocks(stages: readonly number[]): number {
  return stages.reduce((sum, blocks) => sum + blocks, 0);
}
