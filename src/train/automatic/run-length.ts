import { UserError } from '../../base/errors.js';
import { formatDuration } from '../progress.js';

/** What was measured of a run before it starts. */
export interface Pace {
  /** Of one optimiser step, batch included. */
  readonly secondsPerStep: number;
  /** Of one pass over all validation images. */
  readonly secondsPerValidation: number;
  /** Steps that show all images once. */
  readonly stepsOfAll: number;
}

/** How long a run lasts. */
export interface RunLength {
  readonly epochs: number;
  /** Absent: an epoch shows all images once. */
  readonly stepsPerEpoch?: number;
  readonly steps: number;
  /** Of steps and validations. */
  readonly seconds: number;
  readonly why: string;
}

/** With more, a run would repeat so few images that it learns nothing new of them. */
const mostEpochs = 60;
/** Validations of a run that is too short to show all images that often. */
const leastValidations = 4;

/**
 * How many epochs fit into a time.
 * @param seconds for steps and validations
 * @throws UserError when not even a few steps fit, naming the time that would do
 */
export function fitRun(
  seconds: number,
  { secondsPerStep, secondsPerValidation, stepsOfAll }: Pace,
): RunLength {
  const epoch = stepsOfAll * secondsPerStep + secondsPerValidation;
  const pace = `${secondsPerStep.toFixed(2)} s a step and ${formatDuration(secondsPerValidation)} a validation, measured`;
  const whole = Math.floor(seconds / epoch);
  if (whole >= leastValidations - 1) {
    const epochs = Math.min(whole, mostEpochs);
    const limit = whole > mostEpochs ? `; more than ${mostEpochs} times teach nothing new` : '';
    return {
      epochs,
      steps: epochs * stepsOfAll,
      seconds: epochs * epoch,
      why: `${pace}: each image ${epochs} times${limit}`,
    };
  }
  const steps = Math.floor((seconds / leastValidations - secondsPerValidation) / secondsPerStep);
  if (steps < 1) {
    const needed = leastValidations * (secondsPerValidation + 20 * secondsPerStep);
    throw new UserError(
      `The budget leaves ${formatDuration(Math.max(0, seconds))} for training, at ${pace}: too little for ${leastValidations} ` +
        `validations with a step before each. Give at least ${formatDuration(needed)} more than reading the data takes.`,
    );
  }
  const share = Math.round((100 * leastValidations * steps) / stepsOfAll);
  return {
    epochs: leastValidations,
    stepsPerEpoch: steps,
    steps: leastValidations * steps,
    seconds: leastValidations * (steps * secondsPerStep + secondsPerValidation),
    why: `${pace}: there is time for ${share} % of all images, ${leastValidations} validations in between`,
  };
}
