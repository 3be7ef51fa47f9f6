import { describe, expect, it } from 'vitest';
import { measureRow } from '../../src/benchmark/measure-row.js';
import { benchmarkRow } from '../../src/benchmark/rows.js';

const row = benchmarkRow('vit-224-onnx-224');
const options = { threads: 1, memoryOnly: true };

describe('a row of the scaling table', () => {
  it('is measured in a process of its own', async () => {
    const figures = await measureRow(row, options);
    // 196 tokens and the class token; ViT-Tiny has 5.7 million parameters and 1.26 billion multiply-accumulates.
    expect(figures).toMatchObject({ tokens: 197, pixels: 224 ** 2, threads: 1, parameters: 5_717_416 });
    expect(figures.flops! / 2e9).toBeCloseTo(1.26, 1);
    expect(figures.seconds).toBeUndefined();
    expect(figures.activationBytes).toBeGreaterThan(2 ** 20);
    expect(figures.peakRssBytes).toBeGreaterThan(figures.activationBytes!);
  });

  it('fails when it takes more memory or longer than it may', async () => {
    await expect(measureRow(row, options, { memoryBytes: 40 * 2 ** 20 })).rejects.toMatchObject({
      reason: 'memory',
      message: 'benchmark row vit-224-onnx-224: more than the memory limit of 0.0 GiB',
    });
    await expect(measureRow(row, options, { seconds: 0.2 })).rejects.toMatchObject({
      reason: 'time',
      message: 'benchmark row vit-224-onnx-224: more than the time limit of 0.2 s',
    });
  });

  it('ends at once when it is interrupted', async () => {
    const controller = new AbortController();
    const measuring = measureRow(row, options, { signal: controller.signal });
    setTimeout(() => controller.abort('SIGINT'), 200);
    await expect(measuring).rejects.toBe('SIGINT');
  });
});
