import { detectorModel } from '../../models/detector.js';
import type { DetectorConfig } from '../../models/detector-config.js';
import { UserError } from '../base/errors.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import type { DetectorTraits } from './detector.js';
import { detectorGrid, passBytes } from './detector-layout.js';

/** What is known of a detector without making it ready to run. @throws as `detectorConfigOf` */
export function detectorTraits(folder: ModelFolder): DetectorTraits {
  const config = detectorConfigOf(folder);
  return {
    labels: folder.labels,
    stride: detectorModel(config).stride,
    oriented: config.head.oriented,
    grid: detectorGrid(config),
    gsd: folder.gsd,
    passBytes: (side) => passBytes(config, side),
  };
}

/** @throws UserError when the folder holds a model of another kind */
export function detectorConfigOf({ path, config }: ModelFolder): DetectorConfig {
  if (config.type === 'detector') return config;
  throw new UserError(`${path} is a classifier, not a detector: it says what an image shows, not where.`);
}
