import { bestCellCount, bestCells } from '../../../models/detection/best-cells.js';
import type { DetectorModel } from '../../../models/detector.js';
import type { Objective } from '../objective.js';
import { cellCount, cellGrids } from './assign-targets.js';
import { detectionLoss } from './losses/detection-loss.js';

/**
 * The loss of a dense detector on images of one size. Targets: `classes`, `boxes` and `counted` of `DetectionTargets`;
 * predicts `boxes`, `scores` and `classes` of the best cells.
 */
export function detectionObjective(model: DetectorModel, height: number, width: number): Objective {
  const { head, classes } = model.config;
  const cells = cellCount(cellGrids(head.strides, height, width));
  return {
    parameterShapes: model.parameterShapes,
    targetShapes: (size) => ({
      classes: [size, cells, classes],
      boxes: [size, cells, head.oriented ? 6 : 4],
      counted: [size, cells, 1],
    }),
    loss: (weights, image, targets, training) => {
      const { classes, boxes, counted } = targets;
      return detectionLoss(model.forward(weights, image, { training }), {
        classes: classes!,
        boxes: boxes!,
        counted: counted!,
      });
    },
    predict: (weights, image) => {
      const { boxes, scores, classes } = bestCells(
        model.forward(weights, image),
        bestCellCount(height, width),
      );
      return { boxes, scores, classes };
    },
  };
}
