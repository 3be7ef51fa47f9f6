import { parseArchitecture } from '../../models/architecture.js';
import { detectorModel } from '../../models/detector.js';
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

/** Bytes a pixel of the picture itself, as planes of floats, and of its patches. */
const inputBytes = 48;
/** Maps of the finest level of the pyramid that live at a time. */
const levelMaps = 6;
/** What ONNX Runtime takes beyond the tensors, and more than measured. */
const margin = 1.2;

/**
 * Bytes that a pass of a detector over a square takes: most are the attention's scores, and maps of the finest level.
 *
 * Within 13 % of what was measured for p32 with levels from stride 16, and p8 with levels from stride 4, at 1536 to 2560
 * pixels a side, before the margin. Below that what every process needs (100 MB) counts.
 */
export function passBytes({ backbone, head }: DetectorConfig, side: number): number {
  const pixels = side * side;
  const scores =
    backbone.type === 'vit' ? denseScores(pixels, backbone) : windowScores(pixels, backbone.arch);
  const maps = (levelMaps * 4 * head.channels) / head.strides[0]! ** 2;
  return margin * (pixels * (inputBytes + maps) + scores);
}

function denseScores(pixels: number, { patch, heads }: { patch: number; heads: number }): number {
  return 8 * heads * (pixels / patch ** 2) ** 2;
}

/** Before and after the softmax, 4 bytes each, of the stage with the most. */
function windowScores(pixels: number, arch: string): number {
  let stride = 1;
  const stages = parseArchitecture(arch).map(({ patch, heads, window, globals, isSparse }) => {
    stride *= patch;
    const tokens = pixels / stride ** 2;
    return 8 * heads * tokens * (isSparse ? 9 * window ** 2 + globals : tokens);
  });
  return Math.max(...stages);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
