import { normal, randomStream, StreamPurpose } from '../src/base/random.js';
import type { NamedArrays } from '../src/tensor/named-arrays.js';
import { elementCount } from '../src/tensor/named-arrays.js';
import { BACKBONE, backboneModel, detectorModel } from './detector.js';
import type { DetectorConfig } from './detector-config.js';
import { initialWeights } from './initialise.js';

/**
 * Probability that a new model gives each class in each cell: low, or the many empty cells would drown out
 * the few others.
 */
const PRIOR = 0.01;
/** The first boxes are of three by three cells: logarithms of the distances to their sides, in cells. */
const UPRIGHT_BOXES = Array.from({ length: 4 }, () => Math.log(1.5));
/** Offset, logarithm of the side, elongation. */
const ORIENTED_BOXES = [0, 0, Math.log(3), 0, 0];
const OUTPUT_DEVIATION = 0.01;

/**
 * Random weights of a detector: the backbone's as a classifier's are drawn, those of pyramid and head by He
 * et al. 2015, scores that begin near 0.01 (Lin et al. 2017, "Focal loss").
 * @param seed integer; the same seed gives the same weights on every machine
 */
export function initialDetectorWeights(config: DetectorConfig, seed: number): NamedArrays {
  const shapes = detectorModel(config).parameterShapes;
  const backbone = initialWeights(backboneModel(config), seed);
  const arrays = Object.entries(shapes).map(([name, shape], index) => {
    if (name.startsWith(BACKBONE)) return [name, backbone[name.slice(BACKBONE.length)]!] as const;
    const draw = drawFor(name, shape, seed, index);
    return [name, { shape, data: Float32Array.from({ length: elementCount(shape) }, draw) }] as const;
  });
  return Object.fromEntries(arrays);
}

function drawFor(name: string, shape: readonly number[], seed: number, index: number): () => number {
  if (name === 'predict.scores.bias') return () => Math.log(PRIOR / (1 - PRIOR));
  if (name === 'predict.boxes.bias') {
    const values = (shape[0] === 4 ? UPRIGHT_BOXES : ORIENTED_BOXES).values();
    return () => values.next().value!;
  }
  if (name.endsWith('.bias')) return () => 0;
  if (/\.norm\d+\.weight$/.test(name)) return () => 1;
  const random = randomStream(seed, StreamPurpose.weights, index);
  const deviation = name.startsWith('predict.')
    ? OUTPUT_DEVIATION
    : Math.sqrt(2 / elementCount(shape.slice(1)));
  return () => deviation * normal(random);
}
