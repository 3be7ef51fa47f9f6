import { parseArchitecture } from '../../models/architecture.js';
import { backboneStages, detectorModel } from '../../models/detector.js';
import type { DetectorConfig } from '../../models/detector-config.js';

/** A longer period is of no use to tiles of some thousand pixels. */
const longestGrid = 1024;

/**
 * Pixels after which the layout of a detector's windows and positions repeats, a multiple of its stride: the stride
 * itself where nothing repeats.
 */
export function detectorGrid(config: DetectorConfig): number {
  const { stride } = detectorModel(config);
  const { backbone } = config;
  if (backbone.type === 'vit') return stride;
  let [pixels, grid] = [1, stride];
  for (const { patch, window, isSparse, hasAbsolutePositions } of parseArchitecture(backbone.arch)) {
    pixels *= patch;
    if (isSparse) grid = leastCommonMultiple(grid, window * pixels);
    if (!hasAbsolutePositions || backbone.positionTable !== 'repeated') continue;
    for (const side of backbone.imageSize) {
      grid = leastCommonMultiple(grid, Math.max(1, Math.floor(side / pixels)) * pixels);
    }
  }
  return grid <= longestGrid ? grid : stride;
}

/** Bytes a pixel of the image itself. */
const inputBytes = 3;
/** Tensors of the tokens that live at a time in a block. */
const tokenMaps = 10;
/** Maps of the finest level of the pyramid that live at a time. */
const levelMaps = 7;
/** What ONNX Runtime takes beyond the tensors. */
const margin = 1.15;

/**
 * Bytes that a pass of a detector over a square takes: most are tokens, maps of the finest level, and the scores of dense
 * attention; those of windows are computed in strips.
 *
 * Before the margin, of what was measured: 94 to 99 % for p8 with levels from stride 4 at 1152 to 3168 pixels a side, 113 and
 * 123 % for p32 with levels from stride 16 at 6144 and 3904. Below that what every process needs (100 MB) counts.
 */
export function passBytes({ backbone, head }: DetectorConfig, side: number): number {
  const pixels = side * side;
  const heads = denseHeads(backbone);
  const blocks = backboneStages(backbone).map(({ stride, width }, stage) => {
    const tokens = pixels / stride ** 2;
    // Before and after the softmax.
    const scores = 2 * heads[stage]! * tokens;
    return 4 * tokens * (tokenMaps * width + scores);
  });
  const maps = (levelMaps * 4 * head.channels) / head.strides[0]! ** 2;
  return margin * (pixels * (inputBytes + maps) + Math.max(...blocks));
}

/** Heads of each stage in which every token sees every other one; none in windows. */
function denseHeads(backbone: DetectorConfig['backbone']): number[] {
  if (backbone.type === 'vit') return [backbone.heads];
  return parseArchitecture(backbone.arch).map(({ heads, isSparse }) => (isSparse ? 0 : heads));
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
