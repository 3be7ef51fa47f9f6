import type { ClassifierParts, ModelRunner } from '../../src/classify/classifier.js';
import type { Preprocessing } from '../../src/image/preprocessing.js';

/**
 * A model of known behaviour: one label for each colour channel, whose logit is the mean of the channel over the image
 * (8-bit levels over 10), and attention spread over tokens in proportion to their mean red, plus a little.
 */
export class MeanColourRunner implements ModelRunner {
  readonly sizes: [height: number, width: number][] = [];
  closed = false;

  async run({ image, height, width, attention }: Parameters<ModelRunner['run']>[0]) {
    this.sizes.push([height, width]);
    const plane = height * width;
    const logits = Float32Array.from([0, 1, 2], (channel) => {
      let sum = 0;
      for (let at = channel * plane; at < (channel + 1) * plane; at++) sum += image[at]!;
      return sum / plane / 10;
    });
    return {
      logits,
      features: new Float32Array(0),
      attention: attention ? redAttention(image, height, width) : undefined,
    };
  }

  async close() {
    this.closed = true;
  }
}

const stride = 16;

function redAttention(image: Float32Array, height: number, width: number) {
  const [rows, columns] = [height / stride, width / stride];
  const data = new Float32Array(1 + rows * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const token = 1 + Math.floor(y / stride) * columns + Math.floor(x / stride);
      data[token]! += image[y * width + x]! + 0.01;
    }
  }
  return { data, heads: 1, globals: 1, rows, columns };
}

/** Parts of a classifier over that runner; normalisation leaves 8-bit levels as they are. */
export function standInParts(
  runner: ModelRunner = new MeanColourRunner(),
  resize: Preprocessing['resize'] = { mode: 'none' },
): ClassifierParts {
  return {
    name: 'stand-in',
    labels: ['red', 'green', 'blue'],
    stride,
    preprocessing: {
      mean: [0, 0, 0],
      std: [1 / 255, 1 / 255, 1 / 255],
      interpolation: 'bicubic',
      imageSize: [32, 48],
      resize,
    },
    runner,
  };
}
