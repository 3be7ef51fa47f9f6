import { expect, it } from 'vitest';
import type { RowRecord } from '../../../bench/journal.js';
import { fitExponents } from '../../../bench/scaling/exponents.js';
import { scalingRecords } from '../../../bench/scaling/scaling-record.js';

function record(name: string, side: number, time: number, memory: number): RowRecord {
  const figures = { seconds: time, activationBytes: memory, matMulGflops: 100, pixels: side ** 2 };
  const finishedAt = '2024-01-01T00:00:00.000Z';
  return { name: `${name}-${side}`, finishedAt, threads: 2, memoryOnly: false, limits: '', figures };
}

const sides = [224, 512, 1024, 2048, 4096, 8192];

it('fits time, memory and operations between 512 and 4096 and says which are linear', () => {
  const records = scalingRecords([
    // Beyond the range of the fit nothing counts.
    ...sides.map((side) => record('vil-onnx', side, side === 8192 ? 1e9 : (side / 1000) ** 2.1, side ** 2)),
    ...sides.slice(0, 4).map((side) => record('vit-onnx', side, (side / 1000) ** 3.2, side ** 4)),
  ]);
  const found = fitExponents(records);
  const of = (contender: string, cost: string) =>
    found.find((each) => each.contender === contender && each.cost === cost)!;
  expect(of('vil', 'time').law.exponent).toBeCloseTo(1.05, 10);
  expect(of('vil', 'time')).toMatchObject({ isLinear: true, sides: [512, 1024, 2048, 4096] });
  expect(of('vil', 'time in matrix products').law.exponent).toBeCloseTo(1.05, 10);
  expect(of('vil', 'activation memory')).toMatchObject({ isLinear: true });
  expect(of('vit', 'time').law.exponent).toBeCloseTo(1.6, 10);
  expect(of('vit', 'time')).toMatchObject({ isLinear: false, sides: [512, 1024, 2048] });
  expect(of('vit', 'activation memory').law.exponent).toBeCloseTo(2, 10);
});

it('computes that the operations of ViL grow linearly and those of ViT do not', () => {
  const records = scalingRecords(
    ['vil-onnx', 'vit-onnx', 'vit-224-onnx'].flatMap((name) => sides.map((side) => record(name, side, 1, 1))),
  );
  const exponents = fitExponents(records).filter(({ cost }) => cost === 'operations (computed)');
  const [vil, vit, small] = exponents.map(({ law }) => law.exponent);
  expect(vil).toBeCloseTo(1, 2);
  expect(vit).toBeGreaterThan(1.3);
  expect(small).toBeCloseTo(0, 10);
});
