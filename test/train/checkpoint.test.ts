import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFingerprint, loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.js';
import { initialState } from '../../src/train/engines/engine.js';
import { tinyConfig } from './tiny-run.js';
import { toyWeights } from './toy-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const progress = {
  step: 7,
  validated: 1,
  best: { measure: 'accuracy', score: 0.5, loss: 1.25, epoch: 0 },
  seconds: 12.5,
};

describe('run checkpoints', () => {
  it.each([true, false])('come back as they were saved (moving average: %s)', async (averaged) => {
    const config = tinyConfig('data', folder);
    const state = initialState(toyWeights(2), averaged);
    await saveCheckpoint(folder, config, progress, state);
    expect(await loadCheckpoint(folder, config)).toEqual({ progress, state });
    expect(await readdir(folder)).toEqual(['checkpoint.safetensors']);
  });

  it('are absent at the start of a run', async () => {
    expect(await loadCheckpoint(folder, tinyConfig('data', folder))).toBeUndefined();
  });

  it('refuse to continue a run with other settings, but not in another place', async () => {
    const config = tinyConfig('data', folder);
    await saveCheckpoint(folder, config, progress, initialState(toyWeights(2), false));
    await expect(loadCheckpoint(folder, { ...config, seed: 9 })).rejects.toThrow(/other settings.*--fresh/);
    expect(await loadCheckpoint(folder, { ...config, data: 'moved', threads: 8 })).toBeDefined();
    expect(configFingerprint({ ...config, epochs: 4 })).not.toBe(configFingerprint(config));
  });
});
