import type { Pool, TransformerParts } from '../../models/vil-parts.js';
import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import { linearRow, splitRows } from './fold-scales.js';
import { concatRows, zeros } from './transformer-names.js';
import type { Reading } from './transformer-reading.js';
import { activationOf, normWeights, summary } from './transformer-reading.js';

/** What comes behind the blocks. */
export interface Ending {
  readonly classes: number;
  readonly parts: Partial<TransformerParts>;
  readonly weights: NamedArrays;
  readonly notes: readonly string[];
}

/**
 * Reads how tokens are pooled, the last norm and the classifier.
 * @throws UserError when tensors are missing or contradict each other
 */
export function readEnding(reading: Reading, width: number, heads: number, globals: number): Ending {
  const { taker, facts, source } = reading;
  const notes: string[] = [];
  const classifier = readClassifier(reading);
  const isClipClassifier = facts.classNames?.some((name) => /^CLIPForImageClassification$/.test(name));
  const ignoresPool =
    classifier.head && facts.classNames?.some((name) => /ForImageClassification/.test(name));
  if (ignoresPool) {
    const left = taker.leaveOut(isClipClassifier ? /^(pool|norm|projection)\./ : /^pool\./);
    if (left.length > 0) notes.push(`Left out, as its classifier does not use them: ${summary(left)}.`);
  }
  if (taker.has('norm.weight') && taker.has('fc_norm.weight')) {
    throw new UserError(`${source} has two norms behind its last block, of tokens and of their mean.`);
  }
  const hasPool = !ignoresPool && (taker.has('pool.probe') || taker.has('pool.query'));
  const pool = hasPool ? (['attention'] as const) : poolOf(reading, classifier.columns / width, globals);
  const hasNorm = !isClipClassifier && taker.has('norm.weight');
  const projection = taker.optional('projection.weight');
  const attention = hasPool ? readAttentionPool(reading, width, heads) : undefined;
  return {
    classes: classifier.head?.['head.weight']?.shape[0] ?? 0,
    parts: {
      pool: [...pool],
      poolNorm: hasNorm ? 'tokens' : taker.has('fc_norm.weight') ? 'pooled' : 'none',
      ...(attention && { attentionPool: attention.form }),
      ...(projection && { projection: projection.shape[0]! }),
    },
    weights: {
      ...(hasNorm && normWeights(taker, 'norm', 'norm')),
      ...normWeights(taker, 'fc_norm', 'norm'),
      ...attention?.weights,
      ...(projection && { 'projection.weight': projection }),
      ...classifier.head,
    },
    notes,
  };
}

/** Several tokens, where the classifier is for several; else what timm's file says, or what its norms and tokens show. */
function poolOf({ taker, facts, family }: Reading, tokens: number, globals: number): readonly Pool[] {
  if (taker.has('head_dist.weight')) return ['first', 'second'];
  if (tokens === 2) return ['first', 'patches'];
  const isMean = facts.classNames?.some((name) =>
    /^(Siglip|CLIP|IJepa|Beit).*ForImageClassification$/.test(name),
  );
  if (facts.globalPool === 'avg' || isMean) return ['patches'];
  if (facts.globalPool === 'token' || (family.name === 'DINOv3' && !facts.globalPool)) return ['first'];
  if (taker.has('fc_norm.weight') || globals === 0 || !taker.has('cls_token')) return ['patches'];
  return ['first'];
}

/** The classifier, and how many numbers it sees; of two heads, one for each of two tokens, their mean. */
function readClassifier({ taker }: Reading): { readonly head?: NamedArrays; readonly columns: number } {
  const weight = taker.optional('head.weight');
  if (!weight) return { columns: 0 };
  const bias = taker.optional('head.bias') ?? zeros(weight.shape[0]!);
  const second = taker.optional('head_dist.weight');
  if (!second) return { head: { 'head.weight': weight, 'head.bias': bias }, columns: weight.shape[1]! };
  const [classes, width] = weight.shape as [number, number];
  const data = new Float32Array(2 * classes * width);
  for (let row = 0; row < classes; row++) {
    for (const [side, { data: from }] of [weight, second].entries()) {
      for (let at = 0; at < width; at++) data[(2 * row + side) * width + at] = from[row * width + at]! / 2;
    }
  }
  const secondBias = taker.take('head_dist.bias').data;
  const mean = bias.data.map((value, at) => (value + secondBias[at]!) / 2);
  return {
    head: {
      'head.weight': { shape: [classes, 2 * width], data },
      'head.bias': { shape: [classes], data: mean },
    },
    columns: width,
  };
}

function readAttentionPool({ taker, facts, family }: Reading, width: number, heads: number) {
  const halves = (fused: NamedArray | undefined, parts: number) =>
    fused && splitRows(fused, fused.shape[0]! / parts);
  const fusedWeight = halves(taker.optional('pool.in_proj.weight'), 3);
  const fusedBias = halves(taker.optional('pool.in_proj.bias'), 3);
  const probe = taker.optional('pool.probe');
  const query = probe
    ? linearRow(
        probe.data,
        fusedWeight?.[0] ?? taker.take('pool.q.weight'),
        fusedBias?.[0] ?? taker.optional('pool.q.bias'),
      )
    : taker.take('pool.query').data;
  const both = (part: string, length: number) => {
    const apart = ['k', 'v'].flatMap((name) => taker.optional(`pool.${name}.${part}`) ?? []);
    if (apart.length === 2) return concatRows(apart);
    return taker.optional(`pool.kv.${part}`) ?? (part === 'bias' ? zeros(length) : undefined);
  };
  const weight = fusedWeight?.[1] ?? both('weight', 0) ?? taker.take('pool.kv.weight');
  const mlp = taker.optional('pool.mlp.fc1.weight');
  const linear = (name: string): NamedArrays => ({
    [`${name}.weight`]: taker.take(`${name}.weight`),
    [`${name}.bias`]: taker.optional(`${name}.bias`) ?? zeros(width),
  });
  // SigLIP's heads are those of its blocks, with their activation; Perception Encoders have eight, and the exact GELU.
  const isPerception = family.name === 'Perception Encoder';
  const activation = activationOf(family, facts);
  return {
    form: {
      heads: isPerception ? 8 : heads,
      activation: isPerception ? ('gelu' as const) : activation,
      ...(mlp && { hidden: mlp.shape[0]! }),
    },
    weights: {
      'pool.query': { shape: [1, 1, width], data: query },
      'pool.kv.weight': weight,
      'pool.kv.bias': fusedBias?.[1] ?? both('bias', 2 * width)!,
      ...linear('pool.proj'),
      ...(mlp && {
        ...normWeights(taker, 'pool.norm', 'pool.norm'),
        ...linear('pool.mlp.fc1'),
        ...linear('pool.mlp.fc2'),
      }),
    },
  };
}
