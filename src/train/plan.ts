import { batchesPerEpoch } from '../../datasets/batches.js';
import { UserError } from '../base/errors.js';
import type { RunConfig } from './config.js';
import type { ScheduleSettings } from './optimiser/schedule.js';

/** Lengths of a run in optimiser steps. */
export interface TrainingPlan {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly schedule: ScheduleSettings;
}

/**
 * Works out how many steps a run has.
 * @param images number of training images
 * @throws UserError when the images do not fill one optimiser step
 */
export function planTraining(config: RunConfig, images: number): TrainingPlan {
  const wholeEpoch = Math.floor(batchesPerEpoch(images, config.batchSize) / config.accumulation);
  const stepsPerEpoch = Math.min(wholeEpoch, config.stepsPerEpoch ?? wholeEpoch);
  if (stepsPerEpoch === 0) {
    const needed = config.batchSize * config.accumulation;
    throw new UserError(
      `${images} training images do not fill one step of ${needed} (batchSize x accumulation). Lower batchSize.`,
    );
  }
  const totalSteps = stepsPerEpoch * config.epochs;
  const { learningRate, finalLearningRate, warmupEpochs, warmupStart } = config.optimiser;
  const warmupSteps = Math.min(totalSteps, Math.round(warmupEpochs * stepsPerEpoch));
  const schedule = { peak: learningRate, final: finalLearningRate, warmupStart, warmupSteps, totalSteps };
  return { stepsPerEpoch, totalSteps, schedule };
}
