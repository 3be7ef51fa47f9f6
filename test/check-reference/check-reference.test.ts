import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkReference } from '../../src/check-reference/check-reference.js';
import {
  readSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  writeSafetensors,
} from '../../src/checkpoint/safetensors.js';

const FIXTURES = new URL('../fixtures/reference/', import.meta.url).pathname;
const ATTENTION = `${FIXTURES}attention/d16_h2_w7_3x5_g1_rpe1_share1_exact0_mode0.safetensors`;
const MODEL = `${FIXTURES}model/full_attention.safetensors`;

let folder: string;
let filesWritten = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-reference-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Change {
  readonly metadata?: Record<string, string | undefined>;
  readonly tensors?: Record<string, StoredTensor | undefined>;
}

/** Writes a reference file with some of its parts replaced, or left out where undefined. */
async function changedFile(source: string, change: (file: SafetensorsFile) => Change): Promise<string> {
  const file = await readSafetensors(source);
  const { metadata = {}, tensors = {} } = change(file);
  const path = join(folder, `${filesWritten++}.safetensors`);
  const merged = <Value>(a: Record<string, Value>, b: Record<string, Value | undefined>) =>
    Object.fromEntries(Object.entries({ ...a, ...b }).filter(([, value]) => value !== undefined)) as Record<
      string,
      Value
    >;
  await writeSafetensors(path, merged(file.tensors, tensors), { metadata: merged(file.metadata, metadata) });
  return path;
}

/** A tensor of the file with its first value replaced. */
function withFirst(file: SafetensorsFile, name: string, value: (before: number) => number): Change {
  const tensor = file.tensors[name]!;
  const data = Float32Array.from(tensor.data as Float32Array);
  data[0] = value(data[0]!);
  return { tensors: { [name]: { ...tensor, data } } };
}

async function check(path: string) {
  const [report] = await checkReference([path], 'wasm');
  return report!;
}

describe('checkReference', () => {
  it.each(['y', 'grad_x', 'grad_param.kv.bias'])(
    'fails when %s is off by more than its tolerance',
    async (name) => {
      const close = await check(
        await changedFile(ATTENTION, (file) => withFirst(file, name, (v) => v + 1e-5)),
      );
      expect(close.passed).toBe(true);
      const far = await check(await changedFile(ATTENTION, (file) => withFirst(file, name, (v) => v + 0.1)));
      expect(far.passed).toBe(false);
      const failed = far.comparisons.filter(({ passed }) => !passed);
      expect(failed.map((comparison) => comparison.name)).toEqual([name.replace('grad_', '')]);
      expect(failed[0]!.error).toBeCloseTo(0.1, 3);
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('fails when the reference has %d', async (value) => {
    const report = await check(await changedFile(ATTENTION, (file) => withFirst(file, 'y', () => value)));
    expect(report.passed).toBe(false);
  });

  it('fails when the results are not numbers', async () => {
    const path = await changedFile(ATTENTION, (file) => withFirst(file, 'x', () => Number.NaN));
    const report = await check(path);
    expect(report.comparisons.find(({ name }) => name === 'y')).toMatchObject({
      error: Number.NaN,
      passed: false,
    });
  });

  it.each<[string, string, Change, RegExp]>([
    ['a missing input', ATTENTION, { tensors: { x: undefined } }, /tensor "x" is missing/],
    [
      'a missing weight',
      ATTENTION,
      { tensors: { 'param.kv.bias': undefined } },
      /"param.kv.bias" is missing/,
    ],
    ['a missing gradient', ATTENTION, { tensors: { grad_x: undefined } }, /tensor "grad_x" is missing/],
    ['a missing setting', ATTENTION, { metadata: { num_heads: undefined } }, /"num_heads" is missing/],
    ['a wrong setting', ATTENTION, { metadata: { exact: '2' } }, /"exact" must be -1, 0 or 1/],
    ['a grid of another size', ATTENTION, { metadata: { nx: '4' } }, /tensor "x" has shape \[2,16,16\]/],
    [
      'a window that the table is not for',
      ATTENTION,
      { metadata: { window: '5' } },
      /bias_table" has shape \[729,2\]/,
    ],
    [
      'weights without a place',
      ATTENTION,
      { metadata: { relative_position_bias: '0' } },
      /has no place under/,
    ],
    [
      'an impossible mode',
      ATTENTION,
      { metadata: { exact: '1', mode: '3' } },
      /could not be computed: exact "distance"/,
    ],
    [
      'a missing model weight',
      MODEL,
      { tensors: { 'state.head.bias': undefined } },
      /"state.head.bias" is missing/,
    ],
    ['a wrong architecture', MODEL, { metadata: { arch: 'l1,h3,d16' } }, /width d16 is not a multiple/],
    ['neither layout', MODEL, { metadata: { arch: undefined } }, /neither "arch" .* nor "window"/],
  ])('names what is wrong with a file that has %s', async (_, source, change, message) => {
    const path = await changedFile(source, () => change);
    const report = await check(path);
    expect(report).toMatchObject({ passed: false, comparisons: [] });
    expect(report.error).toMatch(message);
    expect(report.error).toContain(path);
  });

  it('reports a file that is not safetensors, and still checks the others', async () => {
    const path = join(folder, 'text.safetensors');
    await writeFile(path, 'not a tensor in sight');
    const reports = await checkReference([path, join(folder, 'absent'), MODEL], 'wasm');
    expect(reports.map(({ passed }) => passed)).toEqual([false, false, true]);
    expect(reports[0]!.error).toContain(path);
    expect(reports[1]!.error).toContain('absent');
  });

  it('says how to get an engine that is not installed', async () => {
    await expect(checkReference([MODEL], 'tensorflow')).rejects.toThrow(/npm install @tensorflow\/tfjs-node/);
  });
});
