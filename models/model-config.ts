import { z } from 'zod';
import { UserError } from '../src/base/errors.js';
import { parseArchitecture } from './architecture.js';
import { detectorModel } from './detector.js';
import { detectorConfigSchema } from './detector-config.js';
import type { BackboneModel, ParameterShapes } from './image-model.js';
import { vilConfigSchema } from './vil-config.js';
import { visionLongformer } from './vision-longformer.js';
import { visionTransformer } from './vit.js';
import { vitConfigSchema } from './vit-config.js';
import { windowCodes } from './window-codes.js';

/** Configurations of models that classify whole images. */
export const classifierConfigSchema = z.discriminatedUnion('type', [vilConfigSchema, vitConfigSchema]);
export type ClassifierConfig = z.infer<typeof classifierConfigSchema>;

/** Everything that fixes a model's weights and how it computes, as `config.json` holds it. */
export const modelConfigSchema = z.discriminatedUnion('type', [
  vilConfigSchema,
  vitConfigSchema,
  detectorConfigSchema,
]);
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/** The configuration as config.json holds it, with the original's numbers in the place of names. */
export function configForFile(config: ModelConfig): z.input<typeof modelConfigSchema> {
  if (config.type === 'detector') {
    const { backbone } = config;
    return {
      ...config,
      backbone: backbone.type === 'vil' ? { ...backbone, ...windowCodes(backbone) } : backbone,
    };
  }
  return config.type === 'vil' ? { ...config, ...windowCodes(config) } : config;
}

/** The model of a classifier. @throws UserError for the configuration of a detector */
export function createModel(config: ModelConfig): BackboneModel<ModelConfig> {
  if (config.type === 'detector') {
    throw new UserError('This model is a detector: it finds objects in images and does not classify them.');
  }
  return config.type === 'vil' ? visionLongformer(config) : visionTransformer(config);
}

/** Shapes of all weights of any kind of model, by name. */
export function parameterShapesOf(config: ModelConfig): ParameterShapes {
  return (config.type === 'detector' ? detectorModel(config) : createModel(config)).parameterShapes;
}

/** Number of blocks of each stage; a detector's are those of its backbone. */
export function blocksOfStage(config: ModelConfig): number[] {
  if (config.type === 'detector') return blocksOfStage(config.backbone);
  return config.type === 'vil' ? parseArchitecture(config.arch).map(({ blocks }) => blocks) : [config.depth];
}
