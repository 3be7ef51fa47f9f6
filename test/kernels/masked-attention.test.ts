import '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maskedAttention, prefersMaskedAttention } from '../../kernels/masked-attention.js';
import { useBackend } from '../../src/runtime/backends.js';
import { tf } from '../../src/tensor/tensor.js';
import { gradientsOf, largestDifference, randomAttentionInputs } from '../helpers/attention-inputs.js';
import { attentionSettings } from '../helpers/attention-settings.js';
import { denseOracle } from '../helpers/dense-oracle.js';

beforeAll(() => useBackend('wasm'));
afterAll(() => tf.disposeVariables());

const settings = attentionSettings({
  heads: 2,
  side: 9,
  rules: ['chunks', 'distance'],
  hasOnlyGlobal: false,
});

describe('maskedAttention', () => {
  it('equals the dense oracle, outputs and gradients, over random settings and grids', () => {
    fc.assert(
      fc.property(settings, fc.boolean(), fc.nat(), (attrs, isShared, seed) => {
        tf.tidy(() => {
          const drawn = randomAttentionInputs(attrs, { hasBias: false, seed });
          const isGlobal = attrs.globals > 0;
          const share = <Inputs extends typeof drawn>(x: Inputs) =>
            isShared && isGlobal ? { ...x, keyGlobal: x.key, valueGlobal: x.value } : x;
          const actual = gradientsOf(drawn, (x) => maskedAttention(share(x), attrs));
          const expected = gradientsOf(drawn, (x) => denseOracle(share(x), attrs));
          expect(largestDifference(actual.output, expected.output)).toBeLessThan(1e-5);
          for (const name of Object.keys(expected.gradients)) {
            const difference = largestDifference(actual.gradients[name]!, expected.gradients[name]!);
            expect(difference, `gradient of ${name}`).toBeLessThan(1e-4);
          }
        });
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('is left to the windowed form on large grids, with relative bias and with cyclic windows', () => {
    const attrs = {
      heads: 1,
      rows: 20,
      columns: 20,
      globals: 1,
      window: 7,
      exact: 'chunks',
      mode: 'all',
      onlyGlobal: false,
    } as const;
    tf.tidy(() => {
      const plain = randomAttentionInputs(attrs, { hasBias: false, seed: 1 });
      const biased = randomAttentionInputs(attrs, { hasBias: true, seed: 1 });
      expect(prefersMaskedAttention(plain, attrs)).toBe(true);
      expect(prefersMaskedAttention(plain, { ...attrs, rows: 200 })).toBe(false);
      expect(prefersMaskedAttention(plain, { ...attrs, exact: 'cyclic' })).toBe(false);
      expect(prefersMaskedAttention(biased, attrs)).toBe(false);
    });
  });
});
