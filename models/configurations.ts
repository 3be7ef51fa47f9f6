import { UserError } from '../src/base/errors.js';
import { formatArchitecture, type StageConfig } from './architecture.js';
import { type ModelConfig, modelConfigSchema } from './model-config.js';

/** Heads, width and blocks of each stage; patches are 4, 2, 2, 2 and windows 7. */
const SIZES = {
  tiny: [
    [1, 48, 1],
    [3, 96, 1],
    [3, 192, 9],
    [6, 384, 1],
  ],
  small: [
    [3, 96, 1],
    [3, 192, 2],
    [6, 384, 8],
    [12, 768, 1],
  ],
  medium_deep: [
    [3, 96, 1],
    [3, 192, 4],
    [6, 384, 16],
    [12, 768, 1],
  ],
  medium_wide: [
    [3, 192, 1],
    [6, 384, 2],
    [8, 512, 8],
    [12, 768, 1],
  ],
  base_deep: [
    [3, 96, 1],
    [3, 192, 8],
    [6, 384, 24],
    [12, 768, 1],
  ],
  base_wide: [
    [3, 192, 1],
    [6, 384, 2],
    [12, 768, 8],
    [16, 1024, 1],
  ],
  swin_tiny: [
    [3, 96, 2],
    [6, 192, 2],
    [12, 384, 6],
    [24, 768, 2],
  ],
  swin_small: [
    [3, 96, 2],
    [6, 192, 2],
    [12, 384, 18],
    [24, 768, 2],
  ],
} as const;
type Size = keyof typeof SIZES;

/** Heads and width of the plain vision transformers, 12 blocks of 16 x 16 pixel patches (DeiT). */
const VIT_SIZES = {
  vit_tiny_patch16: { heads: 3, width: 192 },
  vit_small_patch16: { heads: 6, width: 384 },
  vit_base_patch16: { heads: 12, width: 768 },
} as const;

interface Variant {
  /**
   * Windowed attention in all four stages, as high resolution needs; otherwise in the first two, as
   * published.
   */
  readonly isAllSparse: boolean;
  readonly hasAbsolutePositions: boolean;
}

/**
 * Ends of a Vision Longformer's name. Without one: relative positions, stages 3 and 4 with full attention.
 */
const VARIANTS: Readonly<Record<string, Variant>> = {
  '': { isAllSparse: false, hasAbsolutePositions: false },
  _ape: { isAllSparse: false, hasAbsolutePositions: true },
  _sparse: { isAllSparse: true, hasAbsolutePositions: false },
  _sparse_ape: { isAllSparse: true, hasAbsolutePositions: true },
};

const ARCHITECTURES: ReadonlyMap<string, string> = new Map(
  (Object.keys(SIZES) as Size[]).flatMap((size) =>
    Object.entries(VARIANTS).map(([suffix, variant]): [string, string] => [
      `vil_${size}${suffix}`,
      architectureOf(size, variant),
    ]),
  ),
);

/** Names that `namedConfiguration` knows. */
export const CONFIGURATION_NAMES: readonly string[] = [...ARCHITECTURES.keys(), ...Object.keys(VIT_SIZES)];

/**
 * The configuration of that name, e.g. `vil_tiny`, `vil_small_sparse`, `vit_tiny_patch16`.
 *
 * @param options `classes` (1000) and `imageSize` (224 x 224), height and width in pixels
 * @throws UserError listing the names when there is none of that name
 */
export function namedConfiguration(
  name: string,
  { classes = 1000, imageSize = [224, 224] }: { classes?: number; imageSize?: [number, number] } = {},
): ModelConfig {
  const arch = ARCHITECTURES.get(name);
  if (arch) return modelConfigSchema.parse({ type: 'vil', arch, classes, imageSize });
  if (isVit(name)) {
    return modelConfigSchema.parse({
      type: 'vit',
      patch: 16,
      depth: 12,
      ...VIT_SIZES[name],
      classes,
      imageSize,
    });
  }
  throw new UserError(`There is no configuration ${name}. Known: ${CONFIGURATION_NAMES.join(', ')}`);
}

function isVit(name: string): name is keyof typeof VIT_SIZES {
  return Object.hasOwn(VIT_SIZES, name);
}

function architectureOf(size: Size, { isAllSparse, hasAbsolutePositions }: Variant): string {
  const stages = SIZES[size].map(
    ([heads, width, blocks], index): StageConfig => ({
      heads,
      width,
      blocks,
      isSparse: isAllSparse || index < 2,
      globals: index < 3 ? 1 : 0,
      patch: index === 0 ? 4 : 2,
      window: 7,
      hasAbsolutePositions,
    }),
  );
  return formatArchitecture(stages);
}
