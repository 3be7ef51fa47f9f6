import { detectorModel } from '../../models/detector.js';
import type { DetectorConfig } from '../../models/detector-config.js';
import { UserError } from '../base/errors.js';
import type { ModelDescription } from '../checkpoint/model-description.js';
import type { DetectorTraits } from './detector.js';
import { detectorGrid, passBytes } from './detector-layout.js';

/** A model folder, its weights read or not. */
type DescribedFolder = Pick<ModelDescription, 'config' | 'labels' | 'gsd'> & { readonly path: string };

/** What is known of a detector without making it ready to run. @throws as `detectorConfigOf` */
export function detectorTraits(folder: DescribedFolder): DetectorTraits {
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
export function detectorConfigOf({ path, config }: Pick<DescribedFolder, 'path' | 'config'>): DetectorConfig {
  if (config.type === 'detector') return config;
  throw new UserError(`${path} is a classifier, not a detector: it says what an image shows, not where.`);
}
