import { partsSchema } from '../../models/vil-parts.js';
import type { VitConfig } from '../../models/vit-config.js';
import { vitConfigSchema } from '../../models/vit-config.js';
import { UserError } from '../base/errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { reshaped, splitRows } from './fold-scales.js';
import { resizeTables } from './resize-tables.js';
import type { TransformerCheckpoint } from './transformer-checkpoint.js';
import { concatRows } from './transformer-names.js';

/** A plain vision transformer: its weights under timm's names. */
export interface VitCheckpoint {
  readonly config: VitConfig;
  readonly weights: NamedArrays;
}

/** Of the plain transformer's norms. */
const PLAIN_EPSILON = 1e-6;

/** Whether a transformer is a plain one, without any part of its own. */
export function isPlain(transformer: TransformerCheckpoint): boolean {
  const { parts, globals, hasTable, hasRelativeBias, hasEmbeddingNorm } = transformer;
  const usual = partsSchema.parse({
    ...parts,
    epsilon: PLAIN_EPSILON,
    norm: 'layer',
    preNorm: false,
    activation: 'gelu',
    gated: false,
    hiddenNorm: false,
    rope: undefined,
    pool: ['first'],
    hasClassToken: true,
    poolNorm: 'tokens',
    projection: undefined,
  });
  const plain = { ...parts, epsilon: Math.max(parts.epsilon, PLAIN_EPSILON) };
  const isUsual = JSON.stringify(partsSchema.parse(plain)) === JSON.stringify(usual);
  return isUsual && globals === 1 && hasTable && !hasRelativeBias && !hasEmbeddingNorm;
}

/** The plain transformer that it is, where `isPlain`. @throws UserError when its sizes do not go together */
export function toPlainVit(transformer: TransformerCheckpoint, source: string): VitCheckpoint {
  const { width, heads, depth, patch, classes, imageSize, parts, weights } = transformer;
  const { tokens, token_positions: first, positions, ...others } = weights;
  const config = vitConfigSchema.safeParse({
    type: 'vit',
    patch,
    width,
    depth,
    heads,
    classes,
    imageSize,
    mlpRatio: (parts.hidden ?? 4 * width) / width,
    ...(parts.tableResize !== 'bicubic' && { tableResize: parts.tableResize }),
  });
  if (!config.success) {
    const issues = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UserError(`${source} is no vision transformer that this program knows: ${issues.join('; ')}`);
  }
  const cells = positions!.shape[1]!;
  const table = concatRows([reshaped(first!, [1, width]), reshaped(positions!, [cells, width])]);
  const embedded = { cls_token: tokens!, pos_embed: reshaped(table, [1, 1 + cells, width]) };
  return { config: config.data, weights: { ...embedded, ...others } };
}

/** A plain transformer as the general one. */
export function ofPlainVit({ config, weights }: VitCheckpoint): TransformerCheckpoint {
  const { width, heads, depth, patch, classes, imageSize, mlpRatio, tableResize } = config;
  const { cls_token: tokens, pos_embed: table, ...others } = weights;
  const cells = table!.shape[1]! - 1;
  const [first, positions] = splitRows(reshaped(table!, [1 + cells, width]), 1);
  return {
    width,
    heads,
    depth,
    patch,
    globals: 1,
    classes,
    imageSize,
    hasTable: true,
    hasRelativeBias: false,
    hasEmbeddingNorm: false,
    parts: partsSchema.parse({ hidden: Math.floor(width * mlpRatio), tableResize, pool: ['first'] }),
    weights: {
      tokens: tokens!,
      token_positions: reshaped(first, [1, 1, width]),
      positions: reshaped(positions, [1, cells, width]),
      ...others,
    },
    notes: [],
  };
}

/**
 * Interpolates the table of positions to another image size; the class token's position stays.
 * @param imageSize height and width in pixels
 * @returns the model itself when it has that size
 * @throws UserError when the size is no multiple of the patch
 */
export function resizeVitPositions(vit: VitCheckpoint, imageSize: readonly [number, number]): VitCheckpoint {
  const transformer = ofPlainVit(vit);
  const resized = resizeTables(transformer, imageSize);
  return resized === transformer ? vit : toPlainVit(resized, 'the model');
}
