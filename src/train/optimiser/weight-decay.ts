const undecayed = [
  'pos_embed',
  'cls_token',
  'norm.weight',
  'norm.bias',
  'norm_embed',
  'head.bias',
  'relative_position',
];
// timm numbers the two norms of a block; the paper's names end in plain `norm`.
const numberedNorm = /norm\d\.(weight|bias)$/;

/**
 * Whether AdamW decays a weight. The paper exempts names that contain one of its list; other biases are decayed.
 * @param name official checkpoint name
 */
export function isDecayed(name: string): boolean {
  return !undecayed.some((part) => name.includes(part)) && !numberedNorm.test(name);
}

/** Depth of a weight: 0 for the embedding, 1 to blocks for the blocks, blocks + 1 for the final norm and the heads. */
export function depthOf(name: string, blocksOfStage: readonly number[]): number {
  const total = blocksOfStage.reduce((sum, blocks) => sum + blocks, 0);
  if (name.startsWith('backbone.')) return depthOf(name.slice('backbone.'.length), blocksOfStage);
  const vitBlock = /^blocks\.(\d+)\./.exec(name);
  if (vitBlock) return Number(vitBlock[1]) + 1;
  const staged = /^layer(\d+)\.(\d+)\./.exec(name);
  if (staged) {
    const before = blocksOfStage.slice(0, Number(staged[1]) - 1).reduce((sum, blocks) => sum + blocks, 0);
    return before + Math.ceil(Number(staged[2]) / 2);
  }
  return /^(norm|head|pyramid|tower|predict)\./.test(name) ? total + 1 : 0;
}

/**
 * Factors on the learning rate under layer-wise decay (Clark et al. 2020; used to fine-tune vision transformers).
 * @param decay 1: every layer learns at the full rate; below: each layer further from the head by this factor less
 * @param blocksOfStage number of blocks in each stage
 */
export function layerRates(
  names: readonly string[],
  blocksOfStage: readonly number[],
  decay: number,
): Record<string, number> {
  const top = blocksOfStage.reduce((sum, blocks) => sum + blocks, 0) + 1;
  return Object.fromEntries(names.map((name) => [name, decay ** (top - depthOf(name, blocksOfStage))]));
}
