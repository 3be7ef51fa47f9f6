import { expect, it } from 'vitest';
import { benchmarkDocument } from '../../src/benchmark/document.js';
import { thisMachine } from '../../src/benchmark/machine.js';

const machine = thisMachine();
const row = { name: 'vil-tiny-1024', figures: { seconds: 2, timesMatMulBound: 2.1 } };

it('prints one row flat and several as a list', () => {
  expect(benchmarkDocument([row], machine)).toEqual({
    name: 'vil-tiny-1024',
    seconds: 2,
    timesMatMulBound: 2.1,
    machine,
  });
  const other = { name: 'cold-start', figures: { seconds: 0.5 } };
  expect(benchmarkDocument([row, other], machine)).toEqual({
    machine,
    rows: [
      { name: 'vil-tiny-1024', seconds: 2, timesMatMulBound: 2.1 },
      { name: 'cold-start', seconds: 0.5 },
    ],
  });
});

it('names the processor and the version of ONNX Runtime', () => {
  expect(machine.onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
  expect(machine.cores).toBeGreaterThan(0);
});
