import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialWeights } from '../../models/initialise.js';
import { initialDetectorWeights } from '../../models/initialise-detector.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import { writeModelFolder } from '../../src/checkpoint/model-folder.js';
import { normalisations } from '../../src/image/preprocessing.js';
import { smallDetectors } from '../models/detector-configs.js';

/** Writes a model folder of a very small untrained Vision Longformer into a temporary folder, and returns its path. */
export async function writeTinyModel(name = 'tiny'): Promise<string> {
  const config = modelConfigSchema.parse({
    type: 'vil',
    arch: 'l1,h2,d16,n1,s1,g1,p8,f4_l2,h2,d32,n1,s1,g1,p2,f4',
    classes: 3,
    imageSize: [64, 64],
  });
  const path = join(await mkdtemp(join(tmpdir(), 'model-')), name);
  return writeUntrained(
    path,
    { config, labels: ['field', 'forest', 'river'], weights: initialWeights(createModel(config), 1) },
    [64, 64],
  );
}

/** Writes a model folder of a very small untrained detector into a temporary folder, and returns its path. */
export async function writeTinyDetector(name = 'tiny-detector'): Promise<string> {
  const config = smallDetectors['one stage'];
  const path = join(await mkdtemp(join(tmpdir(), 'model-')), name);
  return writeUntrained(
    path,
    { config, labels: ['square', 'circle'], weights: initialDetectorWeights(config, 3) },
    [32, 32],
  );
}

type Folder = Parameters<typeof writeModelFolder>[1];

/** Writes a model folder for tests that takes images as they are, and returns its path. */
export async function writeUntrained(
  path: string,
  model: Omit<Folder, 'preprocessing'>,
  imageSize: [number, number],
): Promise<string> {
  const { mean, std } = normalisations.half;
  const preprocessing: Folder['preprocessing'] = {
    mean: [...mean],
    std: [...std],
    interpolation: 'bicubic',
    imageSize,
    resize: { mode: 'none' },
  };
  await writeModelFolder(path, { ...model, preprocessing }, '# A model for tests, untrained\n');
  return path;
}

/** Writes a model folder of a very small untrained transformer with rotary positions and registers, without a classifier. */
export async function writeFeatureModel(name = 'features'): Promise<string> {
  const config = modelConfigSchema.parse({
    type: 'vil',
    arch: 'l1,h2,d16,n2,s1,g3,p8,f4,a1',
    classes: 0,
    imageSize: [64, 64],
    normEmbed: false,
    positionTable: 'none',
    parts: { rope: { base: 100, coordinates: 'centred' }, pool: ['first'] },
  });
  const path = join(await mkdtemp(join(tmpdir(), 'model-')), name);
  // At the deviation that training starts from, all images would be alike.
  const weights = initialWeights(createModel(config), 5);
  for (const { data } of Object.values(weights)) for (const at of data.keys()) data[at]! *= 8;
  return writeUntrained(path, { config, labels: [], weights }, [64, 64]);
}
