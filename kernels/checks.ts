import type { Tensor } from '../src/tensor/tensor.js';
import type { LongformerAttentionAttrs, LongformerAttentionInputs } from './attention-op.js';
import { CHUNK_MODES, WINDOW_RULES } from './window-rules.js';

/**
 * Checks that settings are possible and that every tensor has the shape they ask for.
 *
 * @throws Error naming the setting, or the tensor with both shapes
 */
export function checkAttentionInputs(
  inputs: LongformerAttentionInputs,
  attrs: LongformerAttentionAttrs,
): void {
  checkAttrs(attrs);
  const [batch, , channels] = inputs.query.shape;
  if (channels % attrs.heads !== 0) {
    throw new Error(`query: width ${channels} is not a multiple of the ${attrs.heads} heads`);
  }
  if (attrs.onlyGlobal && inputs.randomShift) throw new Error('randomShift: has no meaning with onlyGlobal');
  if (attrs.exact === 'distance' && inputs.randomShift) {
    throw new Error('randomShift: exact "distance" needs all nine chunks');
  }
  const expected = expectedShapes(attrs, batch, channels);
  for (const name of Object.keys(expected) as InputName[]) checkShape(name, inputs[name], expected[name]);
  if (attrs.globals > 0) checkGlobalInputs(inputs);
}

type InputName = keyof LongformerAttentionInputs;

function checkAttrs({
  heads,
  rows,
  columns,
  globals,
  window,
  exact,
  mode,
  onlyGlobal,
}: LongformerAttentionAttrs): void {
  for (const [name, value] of Object.entries({ heads, rows, columns, window })) {
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name} must be a whole number from 1: ${value}`);
  }
  if (!Number.isInteger(globals) || globals < 0) throw new Error(`globals must be 0 or more: ${globals}`);
  checkName('exact', exact, WINDOW_RULES);
  checkName('mode', mode, CHUNK_MODES);
  if (onlyGlobal && globals === 0) throw new Error('onlyGlobal needs at least one global token');
  if (exact === 'distance' && mode !== 'all' && !onlyGlobal) {
    throw new Error(`exact "distance" is defined over all nine chunks: mode must be "all", not "${mode}"`);
  }
}

function checkName(setting: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new Error(`${setting} must be one of ${names.map((name) => `"${name}"`).join(', ')}: ${value}`);
}

function expectedShapes(
  attrs: LongformerAttentionAttrs,
  batch: number,
  channels: number,
): Record<InputName, number[]> {
  const { heads, globals, window } = attrs;
  const local = attrs.rows * attrs.columns;
  const tokens = [batch, globals + local, channels];
  return {
    query: [batch, local, channels],
    key: tokens,
    value: tokens,
    queryGlobal: [batch, globals, channels],
    keyGlobal: tokens,
    valueGlobal: tokens,
    localBias: [(4 * window - 1) ** 2, heads],
    globalLocalBias: [2, heads, globals],
    globalGlobalBias: [heads, globals, globals],
    randomShift: [8],
    rotary: [globals + local, channels / heads],
  };
}

function checkShape(name: InputName, tensor: Tensor | undefined, expected: readonly number[]): void {
  if (!tensor) return;
  const isEqual = tensor.shape.length === expected.length && tensor.shape.every((d, i) => d === expected[i]);
  if (!isEqual) throw new Error(`${name}: shape [${tensor.shape}] should be [${expected}]`);
}

function checkGlobalInputs(inputs: LongformerAttentionInputs): void {
  const { queryGlobal, keyGlobal, valueGlobal, localBias, globalLocalBias, globalGlobalBias } = inputs;
  if (!queryGlobal || !keyGlobal || !valueGlobal) {
    throw new Error('queryGlobal, keyGlobal, valueGlobal: all three are needed when there are global tokens');
  }
  if (localBias && !(globalLocalBias && globalGlobalBias)) {
    throw new Error(
      'globalLocalBias, globalGlobalBias: needed beside localBias when there are global tokens',
    );
  }
}
