import type { Random } from '../../src/base/random.js';
import { integer, symmetricBeta } from '../../src/base/random.js';
import type { Box } from '../../src/boxes/box.js';

export interface MixingSettings {
  /** Beta parameter of mixup (Zhang et al. 2018); 0 turns it off. */
  readonly mixup: number;
  /** Beta parameter of cutmix (Yun et al. 2019); 0 turns it off. */
  readonly cutmix: number;
  /** Share of the batches that are mixed. */
  readonly probability: number;
}

export interface MixableBatch {
  readonly size: number;
  readonly width: number;
  readonly height: number;
  /** [size, 3, height, width] */
  readonly image: Float32Array;
  /** [size, classes] */
  readonly target: Float32Array;
}

/** How one batch is mixed with its own reverse: all pixels in a ratio, or a box pasted. */
export type Mixing =
  | { readonly kind: 'none' }
  | { readonly kind: 'mixup'; readonly ratio: number }
  | { readonly kind: 'cutmix'; readonly box: Box };

/**
 * Draws how a batch is mixed; with both kinds on, each is used for half of the mixed batches, as timm does.
 */
export function drawMixing(random: Random, settings: MixingSettings, width: number, height: number): Mixing {
  const { mixup, cutmix, probability } = settings;
  if ((mixup <= 0 && cutmix <= 0) || random() >= probability) return { kind: 'none' };
  const isCut = cutmix > 0 && (mixup <= 0 || random() < 0.5);
  if (!isCut) return { kind: 'mixup', ratio: symmetricBeta(random, mixup) };
  return { kind: 'cutmix', box: drawPastedBox(random, symmetricBeta(random, cutmix), width, height) };
}

/** A box of area about (1 - ratio), its centre anywhere, clipped at the border. */
function drawPastedBox(random: Random, ratio: number, width: number, height: number): Box {
  const side = Math.sqrt(1 - ratio);
  const [centreX, centreY] = [integer(random, width), integer(random, height)];
  const [halfWidth, halfHeight] = [Math.floor((side * width) / 2), Math.floor((side * height) / 2)];
  const left = Math.max(0, centreX - halfWidth);
  const top = Math.max(0, centreY - halfHeight);
  return {
    left,
    top,
    width: Math.min(width, centreX + halfWidth) - left,
    height: Math.min(height, centreY + halfHeight) - top,
  };
}

/** Blends rows of an array with the same array's rows in reverse order. */
function blendReversed(data: Float32Array, rows: number, ratio: number): Float32Array {
  const length = data.length / rows;
  return data.map((value, index) => {
    const row = Math.floor(index / length);
    const partner = (rows - 1 - row) * length + (index % length);
    return ratio * value + (1 - ratio) * data[partner]!;
  });
}

function pasteReversed(batch: MixableBatch, box: Box): Float32Array {
  const { size, width, height, image } = batch;
  const pasted = image.slice();
  for (let plane = 0; plane < size * 3; plane++) {
    const partner = (size - 1 - Math.floor(plane / 3)) * 3 + (plane % 3);
    for (let y = box.top; y < box.top + box.height; y++) {
      const from = (partner * height + y) * width + box.left;
      pasted.set(image.subarray(from, from + box.width), (plane * height + y) * width + box.left);
    }
  }
  return pasted;
}

/** Mixes a batch with its own reverse, images and targets alike. Returns the batch itself for kind `none`. */
export function applyMixing(batch: MixableBatch, mixing: Mixing): MixableBatch {
  const { size, width, height } = batch;
  if (mixing.kind === 'none') return batch;
  if (mixing.kind === 'mixup') {
    const image = blendReversed(batch.image, size, mixing.ratio);
    return { ...batch, image, target: blendReversed(batch.target, size, mixing.ratio) };
  }
  // The share that is left of the own image follows from the clipped box, not from the draw.
  const kept = 1 - (mixing.box.width * mixing.box.height) / (width * height);
  return {
    ...batch,
    image: pasteReversed(batch, mixing.box),
    target: blendReversed(batch.target, size, kept),
  };
}
