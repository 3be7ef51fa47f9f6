import type { ModelConfig } from '../../models/model-config.js';
import { blocksOfStage, createModel } from '../../models/model-config.js';
import { useBackend } from '../engine/backends.js';
import { UserError } from '../errors.js';
import type { TrainingConfig } from './config.js';
import type { EngineOptions } from './eager-engine.js';
import { EagerEngine } from './eager-engine.js';
import type { OptimiserState, TrainingEngine } from './engine.js';
import { TracedEngine } from './traced-engine.js';
import { layerRates } from './weight-decay.js';

/**
 * Opens the engine that a configuration asks for, at a given state of the optimiser.
 * @throws UserError when the model cannot see all of a picture of the configured size, or the backend is not there
 */
export async function openEngine(
  config: TrainingConfig,
  modelConfig: ModelConfig,
  state: OptimiserState,
): Promise<TrainingEngine> {
  const options = engineOptions(config, modelConfig);
  if (config.engine === 'traced') return TracedEngine.start(options, state, config.threads);
  await useBackend(config.backend);
  return new EagerEngine(options, state);
}

function engineOptions(config: TrainingConfig, modelConfig: ModelConfig): EngineOptions {
  const model = createModel(modelConfig);
  const stages = blocksOfStage(modelConfig);
  const [height, width] = config.imageSize;
  if (height % model.stride !== 0 || width % model.stride !== 0) {
    throw new UserError(
      `imageSize ${height} x ${width} does not fit the model: both sides must be multiples of ${model.stride} pixels.`,
    );
  }
  const { beta1, beta2, epsilon, weightDecay, clipNorm, averageDecay, layerDecay } = config.optimiser;
  const rates = layerRates(Object.keys(model.parameterShapes), stages, layerDecay);
  return {
    model,
    height,
    width,
    blocks: stages.reduce((sum, blocks) => sum + blocks, 0),
    classes: modelConfig.classes,
    settings: { beta1, beta2, epsilon, weightDecay, clipNorm, averageDecay, rates },
  };
}
