import { z } from 'zod';
import { parseArchitecture } from './architecture.js';
import type { ImageModel } from './image-model.js';
import { vilConfigSchema } from './vil-config.js';
import { visionLongformer } from './vision-longformer.js';
import { visionTransformer } from './vit.js';
import { vitConfigSchema } from './vit-config.js';

/** Everything that fixes a model's weights and how it computes, as `config.json` holds it. */
export const modelConfigSchema = z.discriminatedUnion('type', [vilConfigSchema, vitConfigSchema]);
export type ModelConfig = z.infer<typeof modelConfigSchema>;

export function createModel(config: ModelConfig): ImageModel<ModelConfig> {
  return config.type === 'vil' ? visionLongformer(config) : visionTransformer(config);
}

/** Number of blocks of each stage. */
export function blocksOfStage(config: ModelConfig): number[] {
  return config.type === 'vil' ? parseArchitecture(config.arch).map(({ blocks }) => blocks) : [config.depth];
}
