import { formatArchitecture, parseArchitecture } from '../../../models/architecture.js';
import type { DetectionHeadConfig, DetectorConfig } from '../../../models/detector-config.js';
import type { VisionLongformerConfig } from '../../../models/vil-config.js';
import { UserError } from '../../base/errors.js';
import { roundUp } from '../../base/round-up.js';
import type { ModelDescription } from '../../checkpoint/model-description.js';
import type { DetectionConfig } from '../detection/config.js';
import type { Choice } from './choice.js';
import type { DetectionFacts } from './detection-facts.js';

/** The part of a detection configuration that follows from the data. */
export type DetectorSettings = Pick<
  DetectionConfig,
  'imageSize' | 'window' | 'overlap' | 'keepEmpty' | 'batchSize' | 'balance' | 'suppression'
> & {
  readonly backbone?: DetectorConfig['backbone'];
  readonly head?: DetectionHeadConfig;
};

const patches = [4, 8, 16, 32, 64];
/** Patches that the longer side of all but a tenth of the objects is to span: what the detectors of this package have. */
const patchesPerObject = 1.8;
/** Side of an input in patches: as many tokens whatever the patch. */
const patchesPerInput = 32;
/** Blocks that detectors of this package have; more cost time and brought nothing there. */
const mostBlocks = 8;
/** Share of the boxes at an angle from which a detector learns angles. */
const leastTurned = 0.1;

/**
 * Chooses what a detector looks like for objects of these sizes, on the weights of a model.
 * @param from the model that the run starts from
 * @throws UserError for models whose patches cannot be changed to suit
 */
export function chooseDetector(
  facts: DetectionFacts,
  from: Pick<ModelDescription, 'config' | 'labels'> & { readonly name: string },
): { settings: DetectorSettings; choices: Choice[] } {
  const least = leastPatch(
    from.config.type === 'detector' ? from.config.head.strides : undefined,
    patchOf(from.config),
  );
  const possible = patches.filter((side) => side >= least);
  const patch = possible.findLast((side) => patchesPerObject * side <= facts.longer.low) ?? possible[0]!;
  const oriented = facts.turned >= leastTurned;
  const built = buildOn(from, patch, oriented);
  const { strides } = built.head;
  const stride = Math.max(patch, strides.at(-1)!);
  // Not larger than the images, which would be filled up.
  const side = Math.min(patchesPerInput * patch, roundUp(facts.imageSides.middle, stride));
  const isWhole = side >= facts.imageSides.high;
  const window = isWhole ? side : Math.round(1.25 * side);
  const overlap = isWhole ? 0 : Math.min(Math.floor(window / 2), roundUp(facts.longer.high, stride));
  const low = Math.round(facts.longer.low);
  const settings: DetectorSettings = {
    imageSize: [side, side],
    window,
    overlap,
    keepEmpty: 0.25,
    batchSize: 2,
    balance: 0,
    suppression: { iou: 0.3, vote: oriented ? 0.5 : 0.65 },
    ...built,
  };
  const choices: Choice[] = [
    {
      setting: 'boxes',
      value: oriented ? 'at an angle' : 'upright',
      why: `${Math.round(100 * facts.turned)} % of the labels are at an angle`,
    },
    {
      setting: 'patch',
      value: `${patch} pixels`,
      why: `nine of ten objects are at least ${low} pixels long, ${(low / patch).toFixed(1)} patches`,
    },
    {
      setting: 'strides',
      value: strides.join(', '),
      why: `${from.name}'s, for its patches of ${patchOf(from.config)}, times ${patch / patchOf(from.config)}`,
    },
    {
      setting: 'input',
      value: `${side} x ${side} pixels`,
      why:
        side === patchesPerInput * patch
          ? `${patchesPerInput} patches a side, at full resolution`
          : `images have ${facts.imageSides.middle} pixels in the middle`,
    },
    {
      setting: 'windows',
      value: isWhole ? 'whole images' : `${window} pixels, ${overlap} shared`,
      why: isWhole
        ? 'inputs show all of them'
        : `an object of up to ${overlap} pixels is whole in one of them`,
    },
  ];
  return { settings, choices };
}

/**
 * The smallest patches that a detector can be brought to: a level has a stride of two pixels at least.
 * @param strides for patches of `patch`; those of a new head by default
 */
export function leastPatch(strides: readonly number[] | undefined, patch: number): number {
  return Math.max(patches[0]!, (2 * patch) / (strides?.[0] ?? patch / 2));
}

function patchOf(config: ModelDescription['config']): number {
  const backbone = config.type === 'detector' ? config.backbone : config;
  return backbone.type === 'vit' ? backbone.patch : parseArchitecture(backbone.arch)[0]!.patch;
}

function buildOn(
  { config, name }: Pick<ModelDescription, 'config'> & { readonly name: string },
  patch: number,
  oriented: boolean,
): { backbone: DetectorConfig['backbone']; head: DetectionHeadConfig } {
  const detector = config.type === 'detector' ? config : undefined;
  const before = patchOf(config);
  if (Math.max(before, patch) % Math.min(before, patch) !== 0) {
    throw new UserError(
      `The objects want patches of ${patch} pixels, which ${name} with its ${before} cannot be brought to. Start from another model ` +
        'with --from, or write a configuration (docs/detection.md).',
    );
  }
  const factor = patch / before;
  const from = detector?.head ?? {
    channels: 64,
    convolutions: 2,
    cellsPerObject: 12,
    strides: [before / 2, before, 2 * before],
  };
  const head = { ...from, oriented, strides: from.strides.map((stride) => stride * factor) };
  return { backbone: backboneWith(detector?.backbone ?? config, patch, name), head };
}

function backboneWith(
  config: ModelDescription['config'],
  patch: number,
  name: string,
): DetectorConfig['backbone'] {
  if (config.type === 'vit') {
    const { heads, width, depth, patch: before, imageSize } = config;
    const blocks = Math.min(depth, mostBlocks);
    return {
      type: 'vil',
      arch: `l1,h${heads},d${width},n${blocks},s1,g1,p${patch},f7,a1`,
      classes: 1,
      imageSize: [(imageSize[0] / before) * patch, (imageSize[1] / before) * patch],
      shareGlobalProjections: true,
      normEmbed: false,
      exact: 'chunks',
      mode: 'all',
      onlyGlobal: false,
      averagePool: false,
      positionTable: 'repeated',
    };
  }
  if (config.type !== 'vil') throw new UserError(`${name} has no backbone to start from.`);
  const stages = parseArchitecture(config.arch);
  const [stage] = stages;
  if (stages.length !== 1 || !stage) {
    throw new UserError(
      `${name} has ${stages.length} stages; a detector is put on models of one without being told how. Start from another model ` +
        'with --from, or write a configuration (docs/detection.md).',
    );
  }
  const [height, width] = config.imageSize;
  const scale = patch / stage.patch;
  const blocks = Math.min(stage.blocks, mostBlocks);
  const resized: VisionLongformerConfig = {
    ...config,
    arch: formatArchitecture([{ ...stage, patch, blocks }]),
    imageSize: [height * scale, width * scale],
    positionTable: stage.hasAbsolutePositions ? 'repeated' : config.positionTable,
  };
  return resized;
}
