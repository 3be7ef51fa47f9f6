import type { Random } from '../../src/base/random.js';
import { normal } from '../../src/base/random.js';
import type { Box } from '../../src/boxes/box.js';
import { drawCrop } from './geometry.js';
import type { Planes } from './planes.js';

// Ranges of Zhong et al. 2020 as timm sets them.
const eraseRange = { scale: [0.02, 1 / 3], ratio: [0.3, 1 / 0.3] } as const;

/** Draws the box to erase, or nothing with probability 1 - `probability`. */
export function drawErasing(
  random: Random,
  width: number,
  height: number,
  probability: number,
): Box | undefined {
  if (random() >= probability) return undefined;
  return drawCrop(random, width, height, eraseRange);
}

/** Fills a box of a normalised image with standard normal noise (random erasing, Zhong et al. 2020). */
export function erase(planes: Planes, box: Box, random: Random): Planes {
  const data = planes.data.slice();
  for (let channel = 0; channel < 3; channel++) {
    for (let y = box.top; y < box.top + box.height; y++) {
      const row = (channel * planes.height + y) * planes.width;
      for (let x = box.left; x < box.left + box.width; x++) data[row + x] = normal(random);
    }
  }
  return { ...planes, data };
}
