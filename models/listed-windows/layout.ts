import { UserError } from '../../src/base/errors.js';
import { planLevels } from '../detection/pyramid.js';
import { backboneStages } from '../detector.js';
import type { DetectorConfig } from '../detector-config.js';
import type { VisionLongformerConfig } from '../vil-config.js';
import { planStages, type StagePlan } from '../vision-longformer-shapes.js';

/** A level of the pyramid, as a window has it. */
export interface WindowLevel {
  readonly stride: number;
  /** Cells along a side of a window. */
  readonly side: number;
}

/** What a detector that runs on listed windows has to know of them. */
export interface WindowLayout {
  readonly plan: StagePlan;
  /** Side of a window, in tokens and in pixels. */
  readonly tokens: number;
  readonly pixels: number;
  /** Levels of the head, finest first. */
  readonly levels: readonly WindowLevel[];
}

/**
 * How a detector's input divides into the windows of its attention, each of which can be left out.
 * @throws UserError saying why it cannot, where the detector is made otherwise
 */
export function windowLayout(config: DetectorConfig): WindowLayout {
  const { backbone, head } = config;
  if (backbone.type !== 'vil') throw cannot('its backbone has no windows');
  const [plan, ...further] = planStages(backbone);
  if (further.length > 0) throw cannot('its backbone has more than one stage');
  const reason = obstacle(backbone, plan!);
  if (reason) throw cannot(reason);
  const { window, patch } = plan!;
  const pixels = window * patch;
  if (head.strides.some((stride) => pixels % stride !== 0)) {
    throw cannot(`cells of ${head.strides.at(-1)} pixels do not fit into windows of ${pixels}`);
  }
  const levels = planLevels(backboneStages(backbone), head.strides);
  return {
    plan: plan!,
    tokens: window,
    pixels,
    levels: levels.map(({ stride }) => ({ stride, side: pixels / stride })),
  };
}

function obstacle(
  { exact, mode, onlyGlobal, shareGlobalProjections, positionTable }: VisionLongformerConfig,
  { isSparse, hasAbsolutePositions, globals }: StagePlan,
): string | undefined {
  if (!isSparse) return 'its attention has no windows';
  if (exact !== 'chunks' || mode !== 'all' || onlyGlobal)
    return 'its windows do not see all of those around them';
  if (!hasAbsolutePositions) return 'it has a relative position bias';
  if (positionTable !== 'repeated') return 'its positions depend on the size of the image';
  if (globals === 0) return 'it has no global token';
  return shareGlobalProjections ? undefined : 'its global tokens have projections of their own';
}

function cannot(reason: string): UserError {
  return new UserError(`This detector cannot look at a part of the windows alone: ${reason}.`);
}
