import '@tensorflow/tfjs';
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { checkReference, type FileReport } from '../../src/check-reference/check-reference.js';
import { tf } from '../../src/tensor/tensor.js';

const FOLDER = new URL('../fixtures/reference/', import.meta.url).pathname;
const FILES = ['attention', 'model'].flatMap((layout) =>
  readdirSync(FOLDER + layout).map((name) => `${layout}/${name}`),
);

describe.each(['cpu', 'wasm'] as const)('parity with the original code on %s', (engine) => {
  it.each(FILES)('holds for %s', async (file) => {
    const [report] = await checkReference([FOLDER + file], engine);
    expectParity(report!);
  });
});

describe('parity with the original code in ONNX Runtime', () => {
  it('holds for every reference file', async () => {
    const reports = await checkReference(
      FILES.map((file) => FOLDER + file),
      'onnx',
    );
    expect(reports).toHaveLength(18);
    reports.forEach(expectParity);
  });
});

function expectParity(report: FileReport): void {
  expect(report.error).toBeUndefined();
  expect(report.comparisons.filter(({ passed }) => !passed)).toEqual([]);
  // y and at least the gradients of x and of four layers; features and logits.
  const least = report.file.includes('/attention/') ? 8 : 2;
  expect(report.comparisons.length).toBeGreaterThanOrEqual(least);
}

afterAll(() => expect(tf.memory().numTensors).toBe(0));
