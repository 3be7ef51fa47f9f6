import { expect, it } from 'vitest';
import { readExperiment } from '../../bench/experiments/experiment.js';
import { type PlanOptions, planRows } from '../../bench/plan.js';
import { experimentsOf } from '../../bench/run-experiments.js';
import { testedModels } from '../../bench/scaling/experiment-row.js';
import { SIDES } from '../../src/benchmark/scaling/scaling-rows.js';

async function namesOf(options: Partial<PlanOptions>): Promise<string[]> {
  const rows = await planRows({ full: false, memoryOnly: false, hasWebGpu: false, tested: [], ...options });
  return rows.map(({ name }) => name);
}

it('the full benchmark has every model up to 8192 pixels and every engine that there is', async () => {
  const names = await namesOf({ full: true });
  for (const id of ['vil', 'vil-windows', 'vil-global', 'vit', 'vit-384', 'vit-224']) {
    for (const side of [224, 1024, 4096, 8192]) expect(names).toContain(`${id}-onnx-${side}`);
  }
  for (const engine of ['wasm', 'cpu']) expect(names).toContain(`vil-${engine}-8192`);
  expect(names.filter((name) => name.includes('webgpu'))).toEqual([]);
  expect(await namesOf({ full: true, hasWebGpu: true })).toContain('vit-webgpu-8192');
  expect(new Set(names).size).toBe(names.length);
});

it('the main comparison comes before ablations and other engines, small images before large ones', async () => {
  const names = await namesOf({ full: true });
  const order = (...some: string[]) => {
    const places = some.map((name) => names.indexOf(name));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
  };
  for (const id of ['vil-onnx', 'vil-windows-onnx', 'vit-wasm', 'vil-cpu']) {
    order(...SIDES.map((side) => `${id}-${side}`));
  }
  order('vil-onnx-4096', 'vit-onnx-4096', 'cold-start', 'vil-onnx-6144', 'vil-onnx-8192', 'vil-tiny-4096');
  order('vit-onnx-1024', 'vil-windows-onnx-1024', 'vil-wasm-224', 'vil-onnx-4096', 'vil-windows-onnx-4096');
});

it('the quick one leaves out what takes long', async () => {
  const names = await namesOf({});
  expect(names).toContain('vil-onnx-1024');
  expect(names).toContain('cold-start');
  for (const slow of ['vil-onnx-1536', 'vil-wasm-384', 'vil-cpu-224', 'vil-tiny-4096']) {
    expect(names).not.toContain(slow);
  }
  expect(await namesOf({ memoryOnly: true })).not.toContain('cold-start');
});

it('models of experiments are timed once for each canvas, under the first name that they have', async () => {
  const short = testedModels(await readExperiment('megapixel-vil'));
  const longest = testedModels(await readExperiment('megapixel-longest-vil'));
  expect(longest.map(({ canvas }) => canvas)).toEqual([384, 1024, 768, 1536]);
  const names = await namesOf({ tested: [...short, ...longest] });
  expect(names.filter((name) => name.startsWith('experiment-'))).toEqual([
    'experiment-megapixel-vil-onnx-384',
    'experiment-megapixel-longest-vil-onnx-768',
    'experiment-megapixel-longest-vil-onnx-1024',
    'experiment-megapixel-longest-vil-onnx-1536',
  ]);
});

it('experiments are run in the full benchmark, or by name', async () => {
  const named = async (flags: Parameters<typeof experimentsOf>[0]) =>
    (await experimentsOf(flags)).map(({ name }) => name);
  expect(await named({})).toEqual([]);
  expect(await named({ full: true })).toContain('megapixel-vil-windows');
  expect(await named({ full: true, experiments: true })).toContain('needle-vit-224');
  expect(await named({ full: true, experiments: false })).toEqual([]);
  expect(await named({ full: true, memoryOnly: true })).toEqual([]);
  expect(await named({ experiments: ['needle-vil'] })).toEqual(['needle-vil']);
  await expect(named({ experiments: ['needle'] })).rejects.toThrow(/needle-vil/);
});
