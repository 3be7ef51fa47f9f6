import { elementCount } from '../../src/tensor/named-arrays.js';
import type { DetectorConfig } from '../detector-config.js';
import type { ParameterShapes } from '../image-model.js';
import { type BackboneStage, planLevels } from './pyramid.js';

/**
 * Multiply-accumulates of a detector's pyramid and head on one image: every weight once for each cell it is
 * applied to.
 * @param imageSize height and width in pixels
 */
export function detectionHeadMacs(
  { head }: DetectorConfig,
  stages: readonly BackboneStage[],
  shapes: ParameterShapes,
  [height, width]: readonly [number, number],
): number {
  const cells = (stride: number) => Math.floor(height / stride) * Math.floor(width / stride);
  const macs = (prefix: string) =>
    Object.entries(shapes)
      .filter(([name, shape]) => name.startsWith(prefix) && shape.length > 1)
      .reduce((sum, [, shape]) => sum + elementCount(shape), 0);
  const perCell = macs('tower.') + macs('predict.');
  return planLevels(stages, head.strides).reduce((total, { stride, stage, doublings }) => {
    // A doubling is applied to the cells before it, anything else to those it makes.
    const applied = (step: number) => (doublings > 0 ? stages[stage]!.stride / 2 ** step : stride);
    const steps = Array.from({ length: Math.max(1, Math.abs(doublings)) }, (_, step) => step);
    const pyramid = steps.map((step) => cells(applied(step)) * macs(`pyramid.level${stride}.${step}.`));
    return total + pyramid.reduce((sum, each) => sum + each, 0) + cells(stride) * perCell;
  }, 0);
}
