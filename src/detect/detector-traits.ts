import { detectorModel } from '../../models/detector.js';
import type { DetectorConfig } from '../../models/detector-config.js';
import { UserError } from '../base/errors.js';
import type { ModelDescription } from '../checkpoint/model-description.js';
import type { DetectorTraits } from './detector.js';
import { detectorGrid, passBytes } from './detector-layout.js';

/** A model folder, its weights read or not. */
type DescribedFolder = Pick<
  ModelDescription,
  'config' | 'labels' | 'gsd' | 'operatingPoint' | 'firstLook'
> & {
  readonly path: string;
};

/** What every detector of a model folder has. */
type OwnTraits = DetectorTraits & Required<Pick<DetectorTraits, 'threshold'>>;

/** Where no images chose one. */
const usualThreshold = 0.3;

/** What is known of a detector without making it ready to run. @throws as `detectorConfigOf` */
export function detectorTraits(folder: DescribedFolder): OwnTraits {
  const config = detectorConfigOf(folder);
  return {
    labels: folder.labels,
    stride: detectorModel(config).stride,
    oriented: config.head.oriented,
    grid: detectorGrid(config),
    gsd: folder.gsd,
    threshold: folder.operatingPoint?.threshold ?? usualThreshold,
    firstLook: folder.firstLook?.threshold,
    passBytes: (side) => passBytes(config, side),
  };
}

/** @throws UserError when the folder holds a model of another kind */
export function detectorConfigOf({ path, config }: Pick<DescribedFolder, 'path' | 'config'>): DetectorConfig {
  if (config.type === 'detector') return config;
  throw new UserError(`${path} is a classifier, not a detector: it says what an image shows, not where.`);
}
