import { describe, expect, it } from 'vitest';
import { findStateDict } from '../../src/checkpoint/state-dict.js';
import { TorchStorage, TorchTensor } from '../../src/checkpoint/torch-tensors.js';

const tensor = (key: string) => new TorchTensor(new TorchStorage('F32', key, 1), 0, [1], [1]);
const dictionary = (key: string) => new Map([['weight', tensor(key)]]);
const keyOf = (root: Map<string, unknown>) =>
  findStateDict(root as never, 'a.pth').tensors.get('weight')!.storage.key;

describe('findStateDict', () => {
  it('takes averaged weights before others, as timm does, and says so', () => {
    for (const [plain, average] of [
      ['state_dict', 'state_dict_ema'],
      ['model', 'model_ema'],
    ] as const) {
      const root = new Map([
        [plain, dictionary('raw')],
        [average, dictionary('averaged')],
      ]);
      expect(keyOf(root)).toBe('averaged');
      expect(findStateDict(root as never, 'a.pth').notes).toEqual([
        `The averaged weights (${average}) were taken, as timm does.`,
      ]);
    }
  });

  it('passes over entries of averages without tensors', () => {
    const root = new Map<string, unknown>([
      ['model_ema', null],
      ['model', dictionary('raw')],
    ]);
    expect(keyOf(root)).toBe('raw');
    expect(findStateDict(root as never, 'a.pth').notes).toEqual([]);
  });

  it('says which of several it took', () => {
    const root = new Map([
      ['model', dictionary('model')],
      ['teacher', dictionary('teacher')],
    ]);
    expect(findStateDict(root as never, 'a.pth').notes.join()).toContain('there are others under teacher');
  });
});
