import '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ForwardOptions, Parameters } from '../../models/image-model.js';
import { type VisionLongformerOptions, vilConfigSchema } from '../../models/vil-config.js';
import { visionLongformer } from '../../models/vision-longformer.js';
import { useBackend } from '../../src/runtime/backends.js';
import type { Tensor, Tensor4D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import { gradientsOf, largestDifference } from '../helpers/attention-inputs.js';

beforeAll(() => useBackend('wasm'));
afterAll(() => expect(tf.memory().numTensors).toBe(0));

const RELATIVE = 'l1,h1,d8,n1,s1,g1,p4,f3,a0_l2,h2,d16,n2,s0,g2,p2,f3,a0';
const ABSOLUTE = 'l1,h1,d8,n1,s1,g1,p4,f3,a1_l2,h2,d16,n2,s0,g0,p2,f3,a1';
const ONE_STAGE = 'l1,h2,d16,n2,s1,g1,p8,f2,a1';

type Options = Partial<Omit<VisionLongformerOptions, 'type'>>;

function modelOf(options: Options) {
  return visionLongformer(
    vilConfigSchema.parse({ type: 'vil', arch: RELATIVE, classes: 3, imageSize: [32, 48], ...options }),
  );
}

function randomWeights(model: ReturnType<typeof modelOf>): Parameters {
  const entries = Object.entries(model.parameterShapes).map(([name, shape], index) => {
    // tfjs takes seed 0 for none.
    const spread = tf.randomNormal([...shape], 0, 0.3, 'float32', index + 1);
    const isScale = /norm(_embed)?\.weight$/.test(name);
    return [name, isScale ? tf.add(spread, 1) : spread] as const;
  });
  return Object.fromEntries(entries);
}

function randomImage(height: number, width: number, batch = 2): Tensor4D {
  return tf.randomNormal([batch, 3, height, width], 0, 1, 'float32', 99);
}

function logitsOf(options: Options, image: Tensor4D, forward?: ForwardOptions): Tensor {
  const model = modelOf(options);
  return model.forward(randomWeights(model), image, forward).logits;
}

/** Tables, which may be interpolated, each by itself; of the other weights those of a layer together. */
function groupsOf(names: readonly string[]): string[][] {
  const isTable = (name: string) => /pos_embed|bias_table|_bias$/.test(name);
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = isTable(name) ? name : name.split('.', 2).join();
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

/** `it` in a `tf.tidy`. */
function check(name: string, body: () => void): void {
  it(name, () => {
    tf.tidy(body);
  });
}

describe('visionLongformer', () => {
  check('gives logits, features and a pyramid for an image of any size', () => {
    const model = modelOf({});
    expect(model.stride).toBe(8);
    const result = model.forward(randomWeights(model), randomImage(40, 72));
    expect(result.logits.shape).toEqual([2, 3]);
    expect(result.features.shape).toEqual([2, 16]);
    expect(result.pyramid.map(({ shape }) => shape)).toEqual([
      [2, 10, 18, 8],
      [2, 5, 9, 16],
    ]);
  });

  check('leaves out pixels beyond the last whole patch, as a strided convolution does', () => {
    const whole = randomImage(32, 48);
    const padded = tf.pad(
      whole,
      [
        [0, 0],
        [0, 0],
        [0, 3],
        [0, 2],
      ],
      7,
    );
    expect(largestDifference(logitsOf({}, padded), logitsOf({}, whole))).toBe(0);
  });

  check('refuses an image without a single patch', () => {
    expect(() => logitsOf({}, randomImage(3, 48))).toThrow(/3 x 48 has no whole patch of 4 x 4/);
  });

  check('computes each sample for itself', () => {
    const image = randomImage(32, 48, 3);
    const together = logitsOf({}, image);
    const alone = logitsOf({}, tf.slice4d(image, [1, 0, 0, 0], [1, 3, 32, 48]));
    expect(largestDifference(tf.slice(together, [1, 0], [1, 3]), alone)).toBeLessThan(1e-5);
  });

  it.each<[string, Options, [number, number]]>([
    ['relative bias at its own size', {}, [32, 48]],
    ['relative bias, interpolated', {}, [48, 40]],
    ['absolute positions, interpolated', { arch: ABSOLUTE }, [40, 40]],
    [
      'one stage with one table of positions, interpolated',
      { arch: ONE_STAGE, positionTable: 'full' },
      [40, 24],
    ],
    ['separate global projections', { shareGlobalProjections: false }, [32, 48]],
    ['exact windows, no layer norm after embedding', { exact: 1, normEmbed: false }, [40, 40]],
    ['average pooling over global tokens too', { averagePool: true }, [32, 32]],
  ])('has the gradients that finite differences show: %s', (_, options, [height, width]) => {
    tf.tidy(() => {
      const model = modelOf(options);
      const weights = randomWeights(model);
      const image = randomImage(height, width, 1);
      const { gradients } = gradientsOf(weights, (parameters) => model.forward(parameters, image).logits);
      const upstream = gradientsOf.upstream([1, 3]);
      for (const names of groupsOf(Object.keys(gradients))) {
        const directions = names.map((name, i) =>
          tf.randomNormal(gradients[name]!.shape, 0, 1, 'float32', i + 1),
        );
        const lossAt = (step: number) => {
          const moved = names.map((name, i) => [name, tf.add(weights[name]!, tf.mul(directions[i]!, step))]);
          const { logits } = model.forward({ ...weights, ...Object.fromEntries(moved) }, image);
          return tf.sum(tf.mul(logits, upstream)).dataSync()[0]!;
        };
        const numeric = (lossAt(1e-3) - lossAt(-1e-3)) / 2e-3;
        const slopes = names.map(
          (name, i) => tf.sum(tf.mul(gradients[name]!, directions[i]!)).dataSync()[0]!,
        );
        const analytic = slopes.reduce((sum, slope) => sum + slope, 0);
        expect(Math.abs(numeric - analytic), names.join()).toBeLessThan(
          0.02 * Math.max(0.5, Math.abs(analytic)),
        );
      }
    });
  });

  check('turns a block off where stochastic depth drops it, and scales it where it keeps it', () => {
    const image = randomImage(32, 48);
    const without = logitsOf({}, image);
    const withFactors = (factors: Tensor) =>
      logitsOf({}, image, { training: { dropPath: factors as never } });
    expect(largestDifference(withFactors(tf.ones([3, 2, 2])), without)).toBeLessThan(1e-6);
    const dropped = tf.tensor3d([1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1], [3, 2, 2]);
    const difference = tf.max(tf.abs(tf.sub(withFactors(dropped), without)), 1).dataSync();
    // Only the first sample loses the attention of the second block.
    expect(difference[0]).toBeGreaterThan(1e-3);
    expect(difference[1]).toBeLessThan(1e-6);
  });

  check('draws neighbours in random-shift training alone', () => {
    const image = randomImage(32, 48);
    const evaluated = logitsOf({ mode: 3 }, image);
    expect(largestDifference(evaluated, logitsOf({ mode: 0 }, image))).toBe(0);
    const shiftTo = (neighbour: number) => {
      const randomShift = tf.oneHot([neighbour, neighbour, neighbour], 8).toFloat() as never;
      return logitsOf({ mode: 3 }, image, { training: { randomShift } });
    };
    expect(largestDifference(shiftTo(1), evaluated)).toBeGreaterThan(1e-3);
    expect(largestDifference(shiftTo(1), shiftTo(6))).toBeGreaterThan(1e-3);
  });

  it.each([
    ['full attention', RELATIVE, [2, 2, 2, 2 + 4 * 6]],
    ['windowed attention', ONE_STAGE, [2, 2, 1, 1 + 4 * 6]],
    ['a last stage without global tokens', ABSOLUTE, [2, 1, 1, 1 + 8 * 12]],
  ])('captures where the global tokens look: %s', (_, arch, shape) => {
    tf.tidy(() => {
      const captured: [string, Tensor][] = [];
      const capture = (name: string, value: Tensor) => captured.push([name, value]);
      const shown = logitsOf({ arch }, randomImage(32, 48), { capture });
      expect(largestDifference(shown, logitsOf({ arch }, randomImage(32, 48)))).toBe(0);
      expect(captured.map(([name]) => name)).toEqual(['globalAttention']);
      const [[, attention]] = captured as [[string, Tensor]];
      expect(attention.shape).toEqual(shape);
      expect(largestDifference(tf.sum(attention, -1), tf.ones(shape.slice(0, 3)))).toBeLessThan(1e-5);
    });
  });

  check('gives the mean of all tokens where the last stage has no global token', () => {
    const model = modelOf({ arch: ABSOLUTE });
    const { features, pyramid } = model.forward(
      { ...randomWeights(model), 'norm.weight': tf.ones([16]), 'norm.bias': tf.zeros([16]) },
      randomImage(32, 48),
    );
    const { mean, variance } = tf.moments(pyramid[1]!, -1, true);
    const normalised = tf.div(tf.sub(pyramid[1]!, mean), tf.sqrt(tf.add(variance, 1e-6)));
    expect(largestDifference(features, tf.mean(normalised, [1, 2]))).toBeLessThan(1e-5);
  });

  it.each<Options>([{ exact: -1 }, { mode: -1 }, { onlyGlobal: true }])('runs under %j', (options) => {
    tf.tidy(() => {
      const image = randomImage(40, 56);
      const changed = logitsOf(options, image);
      expect(changed.dataSync().every(Number.isFinite)).toBe(true);
      expect(largestDifference(changed, logitsOf({}, image))).toBeGreaterThan(1e-4);
    });
  });
});
