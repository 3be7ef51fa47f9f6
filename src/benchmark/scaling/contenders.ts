import { formatArchitecture, parseArchitecture, type StageConfig } from '../../../models/architecture.js';
import { namedConfiguration } from '../../../models/configurations.js';
import type { ModelConfig } from '../../../models/model-config.js';
import type { VisionLongformerConfig } from '../../../models/vil-config.js';

/** One of the models that are compared over image sizes. */
export interface Contender {
  readonly id: string;
  /** For legends and tables. */
  readonly label: string;
  /**
   * Side in pixels of what the network is given of an image of `side` pixels: less where it is shrunk first.
   */
  inputSide(side: number): number;
  /** Its configuration for network inputs of `inputSide` pixels. */
  config(inputSide: number): ModelConfig;
}

/** All contenders, in the order of tables and legends. */
export const contenders: readonly Contender[] = [
  { id: 'vil', label: 'ViL-Tiny', inputSide: same, config: longformer },
  {
    id: 'vil-windows',
    label: 'ViL-Tiny, windows only',
    inputSide: same,
    config: (side) => withStages(longformer(side), (stage) => ({ ...stage, globals: 0 })),
  },
  {
    id: 'vil-global',
    label: 'ViL-Tiny, global token only',
    inputSide: same,
    config: (side) => ({
      // Local tokens that see only global ones need some in every stage.
      ...withStages(longformer(side), (stage) => ({ ...stage, globals: 1 })),
      onlyGlobal: true,
    }),
  },
  { id: 'vit', label: 'ViT-Tiny/16, full resolution', inputSide: same, config: transformer },
  { id: 'vit-384', label: 'ViT-Tiny/16, shrunk to 384', inputSide: () => 384, config: transformer },
  { id: 'vit-224', label: 'ViT-Tiny/16, shrunk to 224', inputSide: () => 224, config: transformer },
];

function same(side: number): number {
  return side;
}

function longformer(side: number): VisionLongformerConfig {
  return namedConfiguration('vil_tiny_sparse_ape', { imageSize: [side, side] }) as VisionLongformerConfig;
}

function transformer(side: number): ModelConfig {
  return namedConfiguration('vit_tiny_patch16', { imageSize: [side, side] });
}

function withStages(
  config: VisionLongformerConfig,
  change: (stage: StageConfig) => StageConfig,
): VisionLongformerConfig {
  return { ...config, arch: formatArchitecture(parseArchitecture(config.arch).map(change)) };
}
