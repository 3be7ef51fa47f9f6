import { initialWeights } from '../../models/initialise.js';
import { visionTransformer } from '../../models/vit.js';
import type { VitConfig } from '../../models/vit-config.js';
import type { VitCheckpoint } from '../../src/checkpoint/vit-checkpoint.js';

/** A transformer that computes in milliseconds; its grid is 4 x 4 tokens. */
export function smallVit(changes: Partial<VitConfig> = {}): VitCheckpoint {
  const config: VitConfig = {
    type: 'vit',
    patch: 4,
    width: 8,
    depth: 2,
    heads: 2,
    classes: 5,
    imageSize: [16, 16],
    mlpRatio: 4,
    ...changes,
  };
  const weights = initialWeights(visionTransformer(config), 11);
  // At the deviation of 0.02 that training starts from, attention would hardly differ from a mean.
  for (const { data } of Object.values(weights)) for (const index of data.keys()) data[index]! *= 10;
  return { config, weights };
}
