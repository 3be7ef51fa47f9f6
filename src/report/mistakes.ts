import type { SetMatch } from './match-objects.js';
import { sideOf } from './match-objects.js';
import type { ReportedTruth } from './reported.js';

/** Something that a detector got wrong, or that the labels do. */
export interface Mistake {
  readonly image: number;
  readonly corners: ReportedTruth['corners'];
  readonly kind: 'missed' | 'background' | 'wrong class';
  /** 0 to 1: how sure the detector was. */
  readonly severity: number;
  readonly label: number;
  /** What it was taken for. */
  readonly takenFor?: number;
}

/**
 * The worst mistakes: what was found on nothing and taken for another class, the surest first; and objects missed, those first that
 * nothing found at any score, the largest first. Half of each where there are enough.
 * @param threshold score from which something counts as found
 */
export function worstMistakes({ found, truths }: SetMatch, threshold: number, count: number): Mistake[] {
  const false_: Mistake[] = found
    .filter(
      ({ found: own, truth }) => own.score >= threshold && !truth?.ignored && truth?.label !== own.label,
    )
    .map(({ image, found: own, truth }) => ({
      image,
      corners: own.corners,
      kind: truth ? 'wrong class' : 'background',
      severity: own.score,
      label: truth?.label ?? -1,
      takenFor: own.label,
    }));
  const missed: Mistake[] = truths
    .filter(({ truth, by }) => !truth.ignored && (by?.found.score ?? 0) < threshold)
    .toSorted(
      (a, b) =>
        (a.by?.found.score ?? 0) - (b.by?.found.score ?? 0) ||
        sideOf(b.truth.corners) - sideOf(a.truth.corners),
    )
    .map(({ image, truth, by }) => ({
      image,
      corners: truth.corners,
      kind: 'missed',
      severity: 1 - (by?.found.score ?? 0),
      label: truth.label,
    }));
  const half = Math.ceil(count / 2);
  const first = false_.slice(0, Math.max(half, count - missed.length));
  return [...first, ...missed.slice(0, count - first.length)].toSorted((a, b) => b.severity - a.severity);
}
