import { expect, it } from 'vitest';
import { failureOf, failureOfExit } from '../../src/benchmark/row-failure.js';

it.each([
  'std::bad_alloc',
  'RangeError: Array buffer allocation failed',
  // What tfjs-wasm says when its heap cannot grow, measured with products of 24,000 and 40,000 rows.
  'RuntimeError: Aborted(). Build with -sASSERTIONS for more info.',
  'RuntimeError: memory access out of bounds',
  'The WebGPU device cannot run this: Binding size (201424912) of [Buffer (unlabeled)] is larger than the maximum storage buffer binding size (134217728).',
])('is one of memory: %s', (message) => {
  expect(failureOf('row', message)).toMatchObject({ reason: 'memory' });
});

it('says that WebAssembly ran out of memory where its own message does not', () => {
  const { message } = failureOf('vit-wasm-2048', 'RuntimeError: Aborted(). Build with -sASSERTIONS');
  expect(message).toBe(
    'benchmark row vit-wasm-2048: out of WebAssembly memory: RuntimeError: Aborted(). Build with -sASSERTIONS',
  );
});

it('is an error otherwise', () => {
  const failure = failureOf('row', 'TypeError: x is not a function');
  expect(failure).toMatchObject({
    reason: 'error',
    message: 'benchmark row row: TypeError: x is not a function',
  });
});

it('of a process that ended without a word is one of memory where it was killed or aborted', () => {
  expect(failureOfExit('row', null, 'SIGKILL').reason).toBe('memory');
  expect(failureOfExit('row', null, 'SIGABRT').reason).toBe('memory');
  expect(failureOfExit('row', null, 'SIGSEGV').reason).toBe('error');
  expect(failureOfExit('row', 1, null).reason).toBe('error');
});
