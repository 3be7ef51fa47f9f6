import type { ModelDescription } from '../../checkpoint/model-description.js';
import type { Choice, Finding } from './choice.js';
import type { LookedAt } from './look-at-images.js';

/** What people ask of a run without a configuration. */
export interface Asked {
  /** A folder of class folders, or labels. */
  readonly data: string;
  readonly images?: string;
  readonly out: string;
  /** Model to start from; by default one that comes with the package. */
  readonly from?: string;
  /** Seconds for all of it. */
  readonly budget: number;
  /** Whether images have an up, so that they are not turned. */
  readonly upright?: boolean;
  /** Metres a pixel, where the files do not say it. */
  readonly gsd?: number;
  readonly threads: number;
  readonly seed: number;
}

/** What a task makes of data: all of a configuration but its length. */
export interface TaskPlan {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly choices: readonly Choice[];
  readonly findings: readonly Finding[];
  readonly looked: LookedAt;
  /** Paths of all images, by the index that `looked` has. */
  readonly paths: readonly string[];
  /** What each of them shows. */
  readonly labels: readonly (readonly number[])[];
  /** What split files are relative to. */
  readonly root: string;
}

/** The model that a run starts from. */
export interface StartingPoint extends ModelDescription {
  readonly name: string;
}
