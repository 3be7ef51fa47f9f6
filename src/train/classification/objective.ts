import type { ImageModel } from '../../../models/image-model.js';
import { softTargetCrossEntropy } from '../loss.js';
import type { Objective } from '../objective.js';

/** Cross entropy against `target` [batch, classes], rows that sum to 1; predicts `logits` [batch, classes]. */
export function classificationObjective(model: ImageModel, classes: number): Objective {
  return {
    parameterShapes: model.parameterShapes,
    targetShapes: (size) => ({ target: [size, classes] }),
    loss(weights, image, { target }, training) {
      return softTargetCrossEntropy(model.forward(weights, image, { training }).logits, target!);
    },
    predict: (weights, image) => ({ logits: model.forward(weights, image).logits }),
  };
}
