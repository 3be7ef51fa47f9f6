import { availableParallelism } from 'node:os';

/**
 * Divides CPU threads between models, so that all of them at work together have no more threads than there are processors.
 * @param total by default one for each processor
 * @returns for each model at least one; the first ones get what cannot be divided
 */
export function shareThreads(models: number, total = availableParallelism()): number[] {
  return Array.from({ length: models }, (_, index) =>
    Math.max(1, Math.floor(total / models) + Number(index < total % models)),
  );
}
