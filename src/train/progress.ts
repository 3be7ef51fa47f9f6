/** "1 h 05 min", "12 min 30 s", "42 s". */
export function formatDuration(seconds: number): string {
  const total = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(rest).padStart(2, '0')} s` : `${rest} s`;
}

/** Smoothed seconds a step, for the estimate of the time left: recent steps count most. */
export function smoothedSeconds(previous: number | undefined, seconds: number): number {
  return previous === undefined ? seconds : 0.9 * previous + 0.1 * seconds;
}

export interface ProgressState {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly secondsPerStep: number;
}

/** One line that tells how far a run is and when it ends. `step` steps are done; `epoch` counts from 0. */
export function progressLine(state: ProgressState): string {
  const { step, totalSteps, epoch, epochs, loss, secondsPerStep } = state;
  const left = formatDuration((totalSteps - step) * secondsPerStep);
  const place = `epoch ${epoch + 1}/${epochs}  step ${step}/${totalSteps}`;
  return `${place}  loss ${loss.toFixed(3)}  ${secondsPerStep.toFixed(2)} s/step  ${left} left`;
}
