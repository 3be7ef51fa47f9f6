import { formatArchitecture, parseArchitecture } from '../../models/architecture.js';
import { createModel } from '../../models/model-config.js';
import { UserError } from '../base/errors.js';
import { roundUp } from '../base/round-up.js';
import type { StartingPoint, TaskPlan } from '../train/automatic/asked.js';
import type { DetectorSettings } from '../train/automatic/choose-detector.js';
import { leastPatch } from '../train/automatic/choose-detector.js';

/** A way to look at images, trained and scored like the others. */
export interface Contender {
  /** Of its folder. */
  readonly id: string;
  readonly title: string;
  /** Configuration of its training but for the length. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Side in patches of an input: as many tokens as the windowed model's inputs have. */
const patchesPerSide = 32;

/**
 * The windowed model at full resolution, and for each size a ViT that sees the whole image brought to it: the same weights, every
 * token attending to every other, as its one window spans them all.
 * @param sizes sides in pixels of what the ViTs see
 * @throws UserError for sizes at which a model would not be a ViT
 */
export function contendersOf(plan: TaskPlan, start: StartingPoint, sizes: readonly number[]): Contender[] {
  const windowed = { id: 'windowed', title: 'windowed, full resolution', settings: plan.settings };
  const shrunk = sizes.map((size): Contender => {
    const settings =
      plan.settings.task === 'detection' ? shrunkDetector(plan, size) : shrunkClassifier(plan, start, size);
    return { id: `vit-${size}`, title: `ViT, shrunk to ${size}`, settings };
  });
  return [windowed, ...shrunk];
}

function shrunkDetector({ settings }: TaskPlan, size: number): Contender['settings'] {
  const { backbone, head, ...rest } = settings as DetectorSettings & Record<string, unknown>;
  if (backbone?.type !== 'vil' || !head) throw new UserError('Only windowed detectors are compared.');
  const [stage] = parseArchitecture(backbone.arch);
  const before = stage!.patch;
  // The finest power of two that has no more tokens than an input of the windowed model.
  const patch = Math.max(leastPatch(head.strides, before), 2 ** Math.ceil(Math.log2(size / patchesPerSide)));
  const strides = head.strides.map((stride) => (stride * patch) / before);
  const side = roundUp(size, Math.max(patch, strides.at(-1)!));
  const [height, width] = backbone.imageSize;
  const { window: _window, overlap: _overlap, gsd: _gsd, ...kept } = rest;
  return {
    ...kept,
    backbone: {
      ...backbone,
      arch: formatArchitecture([{ ...stage!, patch, window: side / patch }]),
      imageSize: [(height / before) * patch, (width / before) * patch],
    },
    head: { ...head, strides },
    imageSize: [side, side],
    resize: 'stretch',
    // A quarter turn of a stretched image is one that no photograph shows, unless images are square.
    augment: { ...(rest.augment as object), scale: [0.8, 1.25] },
  };
}

function shrunkClassifier({ settings }: TaskPlan, start: StartingPoint, size: number): Contender['settings'] {
  if (start.config.type === 'detector') throw new UserError(`${start.name} is no classifier.`);
  const { stride } = createModel(start.config);
  const side = Math.round(size / stride) * stride;
  const stages = start.config.type === 'vil' ? parseArchitecture(start.config.arch) : [];
  const window = stages.length === 1 && stages[0]!.isSparse ? stages[0]!.window : undefined;
  if (stages.length > 1 || (window !== undefined && side / stride > 2 * window)) {
    const most = window === undefined ? '' : `: at most ${2 * window * stride} pixels`;
    throw new UserError(
      `At ${size} pixels ${start.name} is no ViT, its windows do not span the image${most}.`,
    );
  }
  return { ...settings, imageSize: [side, side], resize: 'stretch' };
}
