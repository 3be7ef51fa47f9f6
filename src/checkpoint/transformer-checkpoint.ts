import type { TransformerParts } from '../../models/vil-parts.js';
import { partsSchema } from '../../models/vil-parts.js';
import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import { reorderRows, reshaped, scaleRows, splitRows } from './fold-scales.js';
import { publishedHeads } from './published-heads.js';
import { TensorTaker } from './tensor-taker.js';
import { readEnding } from './transformer-ending.js';
import type { TransformerFacts } from './transformer-facts.js';
import type { Family, SourceRope } from './transformer-family.js';
import { tableResizeOf } from './transformer-family.js';
import type { NamedTransformer } from './transformer-names.js';
import { concatRows, zeros } from './transformer-names.js';
import type { Reading } from './transformer-reading.js';
import { activationOf, normWeights, summary } from './transformer-reading.js';

/** A vision transformer of any family as one architecture with named parts; scales are multiplied into the weights. */
export interface TransformerCheckpoint {
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  readonly patch: number;
  /** Global tokens: class token, distillation token, registers. */
  readonly globals: number;
  /** 0 without a classifier. */
  readonly classes: number;
  /** Height and width in pixels that its tables were made for. */
  readonly imageSize: [number, number];
  readonly hasTable: boolean;
  readonly hasRelativeBias: boolean;
  readonly hasEmbeddingNorm: boolean;
  readonly parts: TransformerParts;
  /**
   * `tokens` and `token_positions` [1, G, width], `positions` [1, cells, width], `patch_embed.proj`, `blocks.0.norm1`,
   * `.attn.qkv`, `.attn.proj`, `.norm2`, `.mlp.fc1`, ...; and those that are called as in the model.
   */
  readonly weights: NamedArrays;
  readonly notes: readonly string[];
}

/**
 * Reads a vision transformer of any known family.
 * @throws UserError when tensors are missing or unexpected, or what they do not show is not known
 */
export function readTransformer(
  named: NamedTransformer,
  family: Family,
  facts: TransformerFacts,
  source: string,
): TransformerCheckpoint {
  const taker = new TensorTaker(named.tensors, source);
  const reading: Reading = { taker, named, family, facts, source };
  const leftOut = taker.leaveOut(
    /^mask_token$|^decoder|^pooler\.dense\.|^rope(_embed)?\.|^local_cls_norm\.|^lm_head\.|^encoder\.relative_position_bias\./,
  );
  const [width, , patch] = taker.take('patch_embed.proj.weight').shape as [number, number, number];
  const depth = countBlocks(named.tensors);
  if (depth === 0)
    throw new UserError(
      `${source} is a ${family.name} without blocks: missing tensors: blocks.0.norm1.weight`,
    );
  const heads = facts.heads ?? (family.headWidth ? width / family.headWidth : publishedHeads(width, source));
  const notes =
    facts.heads === undefined
      ? [`The number of heads, ${heads}, was guessed from the width ${width}. Give another with --heads.`]
      : [];
  const embedding = readEmbedding(reading, width, patch);
  const rope = family.rope && readRope(family.rope, embedding.grid, facts);
  const blocks = Array.from({ length: depth }, (_, block) =>
    readBlock(reading, block, width, heads, family.rope),
  );
  const first = blocks[0]!;
  const ending = readEnding(reading, width, heads, embedding.tokens);
  taker.finish();
  const left = leftOut.filter((name) => name !== 'mask_token');
  if (left.length > 0) notes.push(`Left out, as not needed for features or classes: ${summary(left)}.`);
  // Of all families; DINOv2's configurations name the GELU all the same.
  const activation = first.isGated ? 'silu' : activationOf(family, facts);
  const parts = partsSchema.parse({
    epsilon: facts.epsilon ?? family.epsilon ?? 1e-6,
    norm: family.isRms ? 'rms' : 'layer',
    preNorm: named.tensors['norm_pre.weight'] !== undefined,
    activation,
    gated: first.isGated,
    hidden: first.hidden,
    hiddenNorm: first.hasHiddenNorm,
    rope,
    tableResize: tableResizeOf(named.origin, family, named.tensors),
    hasClassToken: taker.has('cls_token'),
    ...ending.parts,
  });
  return {
    width,
    heads,
    depth,
    patch,
    globals: embedding.tokens,
    classes: ending.classes,
    imageSize: embedding.grid.map((cells) => cells * patch) as [number, number],
    hasTable: embedding.hasTable,
    hasRelativeBias: first.hasRelativeBias,
    hasEmbeddingNorm: taker.has('patch_embed.norm.weight'),
    parts,
    weights: {
      ...embedding.weights,
      ...Object.assign({}, ...blocks.map((block) => block.weights)),
      ...ending.weights,
    },
    notes: [...notes, ...ending.notes],
  };
}

function countBlocks(tensors: NamedArrays): number {
  return Object.keys(tensors).filter((name) => /^blocks\.\d+\.norm1\.weight$/.test(name)).length;
}

interface Embedding {
  readonly grid: [number, number];
  /** Global tokens. */
  readonly tokens: number;
  readonly hasTable: boolean;
  readonly weights: NamedArrays;
}

function readEmbedding(reading: Reading, width: number, patch: number): Embedding {
  const { taker, facts, family, source } = reading;
  const globalTensors = ['cls_token', 'dist_token', 'reg_token'].flatMap(
    (name) => taker.optional(name) ?? [],
  );
  const rows = globalTensors.map((tensor) => reshaped(tensor, [tensor.data.length / width, width]));
  const tokens = rows.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const classRows = ['cls_token', 'dist_token'].filter((name) => taker.has(name)).length;
  const table = taker.optional('pos_embed');
  const cells = table ? table.data.length / width : 0;
  const made = facts.imageSize ?? family.imageSize;
  const known = made?.map((side) => Math.floor(side / patch)) as [number, number] | undefined;
  const { grid, prefix } = table
    ? gridOfTable(cells, [classRows, 0, tokens], known, source)
    : { grid: known ?? relativeGrid(reading), prefix: 0 };
  const norm = (name: string) => normWeights(taker, name, name);
  const positions = table && splitRows(reshaped(table, [cells, width]), prefix);
  return {
    grid,
    tokens,
    hasTable: table !== undefined,
    weights: {
      ...(tokens > 0 && { tokens: reshaped(concatRows(rows), [1, tokens, width]) }),
      ...(positions && {
        ...(tokens > 0 && { token_positions: paddedRows(positions[0], tokens, width) }),
        positions: reshaped(positions[1], [1, cells - prefix, width]),
      }),
      'patch_embed.proj.weight': taker.take('patch_embed.proj.weight'),
      'patch_embed.proj.bias': taker.optional('patch_embed.proj.bias') ?? zeros(width),
      ...norm('patch_embed.norm'),
      ...norm('norm_pre'),
    },
  };
}

/** Rows and columns of a table, and how many rows in front of them belong to global tokens. */
function gridOfTable(
  cells: number,
  prefixes: readonly number[],
  known: [number, number] | undefined,
  source: string,
): { grid: [number, number]; prefix: number } {
  if (known) {
    const prefix = prefixes.find((count) => known[0] * known[1] + count === cells);
    if (prefix !== undefined) return { grid: known, prefix };
  }
  for (const prefix of prefixes) {
    const side = Math.sqrt(cells - prefix);
    if (Number.isInteger(side) && side > 0) return { grid: [side, side], prefix };
  }
  throw new UserError(
    `${source}: pos_embed has ${cells} rows, which are not those of a square grid of positions. If the grid is not square, ` +
      'name the size of image it was made for in a config.json beside the file ({"image_size": [height, width]}).',
  );
}

/** Of a model without a table of positions whose size nobody says: its tables of relative positions show it. */
function relativeGrid({ named, source }: Reading): [number, number] {
  const [, table] =
    Object.entries(named.tensors).find(([name]) => name.endsWith('relative_position_bias_table')) ?? [];
  const side = table ? (Math.sqrt(table.shape[0]! - 3) + 1) / 2 : Number.NaN;
  if (Number.isInteger(side)) return [side, side];
  throw new UserError(
    `${source} has no table of positions, and nothing beside it says which positions it has instead. Keep its config.json ` +
      'beside it.',
  );
}

/** Rows for all global tokens, zeros for those without one. */
function paddedRows(rows: NamedArray, count: number, width: number): NamedArray {
  const data = new Float32Array(count * width);
  data.set(rows.data);
  return { shape: [1, count, width], data };
}

function readRope(
  rope: SourceRope,
  grid: [number, number],
  { ropeBase }: TransformerFacts,
): TransformerParts['rope'] {
  const { base, coordinates, offset, reference } = rope;
  const stretched = reference === 'table' ? grid : reference;
  return { base: ropeBase ?? base, coordinates, offset, ...(stretched && { reference: stretched }) };
}

interface Block {
  readonly weights: NamedArrays;
  readonly isGated: boolean;
  readonly hidden: number;
  readonly hasHiddenNorm: boolean;
  readonly hasRelativeBias: boolean;
}

function readBlock(
  { taker, named, source }: Reading,
  block: number,
  width: number,
  heads: number,
  rope: SourceRope | undefined,
): Block {
  const prefix = `blocks.${block}.`;
  const linear = (name: string, scale?: NamedArray): NamedArrays => {
    const weight = taker.take(`${prefix}${name}.weight`);
    const bias = taker.optional(`${prefix}${name}.bias`) ?? zeros(weight.shape[0]!);
    return {
      [`${prefix}${name}.weight`]: scaleRows(weight, scale),
      [`${prefix}${name}.bias`]: scaleRows(bias, scale),
    };
  };
  if (taker.has(`${prefix}attn.q_norm.weight`) || taker.has(`${prefix}attn.norm.weight`)) {
    throw new UserError(
      `${source} is a ViT with normalised queries and keys, or outputs of attention, which cannot be converted.`,
    );
  }
  const scales = [1, 2].map((half) => taker.optional(`${prefix}ls${half}.gamma`));
  let qkv = linear('attn.qkv');
  if (rope) qkv = inHalves(qkv, width, heads, rope);
  // In Meta's files the keys' biases are masked, whatever they are.
  if (named.origin === 'meta' && rope) qkv = withoutKeyBias(qkv, width);
  const second = linear('mlp.fc2', scales[1]);
  const hidden = second[`${prefix}mlp.fc2.weight`]!.shape[1]!;
  const first = linear('mlp.fc1');
  const isPacked = first[`${prefix}mlp.fc1.weight`]!.shape[0] === 2 * hidden;
  const isGated = isPacked || taker.has(`${prefix}mlp.gate.weight`);
  const gate = isGated && !isPacked ? linear('mlp.gate') : {};
  const table =
    taker.optional(`${prefix}attn.relative_position_bias_table`) ??
    named.tensors['rel_pos_bias.relative_position_bias_table'];
  taker.leaveOut(/^rel_pos_bias\./);
  return {
    isGated,
    hidden,
    hasHiddenNorm: taker.has(`${prefix}mlp.norm.weight`),
    hasRelativeBias: table !== undefined,
    weights: {
      ...normWeights(taker, `${prefix}norm1`, `${prefix}norm1`),
      ...normWeights(taker, `${prefix}norm2`, `${prefix}norm2`),
      ...qkv,
      ...linear('attn.proj', scales[0]),
      ...(isPacked ? unpacked(first, prefix, hidden) : first),
      ...gate,
      ...normWeights(taker, `${prefix}mlp.norm`, `${prefix}mlp.norm`),
      ...second,
      ...(table && { [`${prefix}attn.relative_position_bias_table`]: table }),
    },
  };
}

/** Gate and hidden layer out of one fused tensor, the gate first. */
function unpacked(first: NamedArrays, prefix: string, hidden: number): NamedArrays {
  const entries = ['weight', 'bias'].flatMap((part) => {
    const [gate, value] = splitRows(first[`${prefix}mlp.fc1.${part}`]!, hidden);
    return [
      [`${prefix}mlp.gate.${part}`, gate],
      [`${prefix}mlp.fc1.${part}`, value],
    ];
  });
  return Object.fromEntries(entries);
}

/** Rows of queries and keys in the order of `rotaryTables`: pairs half a head apart, rows before columns. */
function inHalves(qkv: NamedArrays, width: number, heads: number, rope: SourceRope): NamedArrays {
  if (!rope.isInterleaved) return qkv;
  const headWidth = width / heads;
  const [half, quarter] = [headWidth / 2, headWidth / 4];
  const sourceOf = (channel: number) => {
    const pair = channel % half;
    const stored = rope.isColumnsFirst ? (pair + quarter) % half : pair;
    return 2 * stored + Math.floor(channel / half);
  };
  const order = Array.from({ length: 3 * width }, (_, row) => {
    if (row >= 2 * width) return row;
    const channel = row % headWidth;
    return row - channel + sourceOf(channel);
  });
  return Object.fromEntries(Object.entries(qkv).map(([name, array]) => [name, reorderRows(array, order)]));
}

function withoutKeyBias(qkv: NamedArrays, width: number): NamedArrays {
  const entries = Object.entries(qkv).map(([name, { shape, data }]) => {
    if (!name.endsWith('.bias')) return [name, { shape, data }] as const;
    return [name, { shape, data: data.slice().fill(0, width, 2 * width) }] as const;
  });
  return Object.fromEntries(entries);
}
