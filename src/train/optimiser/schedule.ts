export interface ScheduleSettings {
  /** Learning rate at the end of the warm-up. */
  readonly peak: number;
  /** Learning rate at the last step. */
  readonly final: number;
  /** Fraction of the peak at the first step of the warm-up. */
  readonly warmupStart: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * Learning rate of one optimiser step: linear warm-up, then half a cosine from peak to final.
 * @param step counted from 0
 */
export function learningRateAt(step: number, settings: ScheduleSettings): number {
  const { peak, final, warmupStart, warmupSteps, totalSteps } = settings;
  if (step < warmupSteps) return peak * (warmupStart + (1 - warmupStart) * (step / warmupSteps));
  const length = Math.max(1, totalSteps - 1 - warmupSteps);
  const progress = Math.min(1, (step - warmupSteps) / length);
  return final + (peak - final) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** Whether a step of a random-shift run still draws neighbours; the paper's trainer stops at a fraction of the run. */
export function usesRandomShift(step: number, totalSteps: number, switchAt: number): boolean {
  return step < switchAt * totalSteps;
}
