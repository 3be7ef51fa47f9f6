import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { integer, randomStream } from '../../src/base/random.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoint/safetensors.js';
import {
  checkpointPath,
  configFingerprint,
  loadCheckpoint,
  saveCheckpoint,
} from '../../src/train/checkpoint.js';
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

  it('with a flipped bit are refused with the name of the file, and no other error', async () => {
    const config = tinyConfig('data', folder);
    await saveCheckpoint(folder, config, progress, initialState(toyWeights(2), true));
    const path = checkpointPath(folder);
    const whole = await readFile(path);
    const random = randomStream(3);
    for (let round = 0; round < 200; round++) {
      const flipped = Buffer.from(whole);
      // The header is a small part of the file with much to break.
      const length = round % 2 === 0 ? 1000 : whole.length;
      flipped[integer(random, length)]! ^= 1 << integer(random, 8);
      await writeFile(path, flipped);
      const error = await loadCheckpoint(folder, config).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(UserError);
      expect(String(error)).toContain(path);
    }
  });

  it('say in a sentence that their header is damaged', async () => {
    const config = tinyConfig('data', folder);
    const metadata = { fingerprint: configFingerprint(config), progress: '{"step":-1}' };
    await writeSafetensors(checkpointPath(folder), {}, { metadata });
    await expect(loadCheckpoint(folder, config)).rejects.toThrow(
      `${checkpointPath(folder)} is damaged: its header does not say how far the run was.`,
    );
  });

  it('of earlier versions, without a checksum, are read', async () => {
    const config = tinyConfig('data', folder);
    const state = initialState(toyWeights(2), false);
    await saveCheckpoint(folder, config, progress, state);
    const { tensors, metadata } = await readSafetensors(checkpointPath(folder));
    await writeSafetensors(checkpointPath(folder), tensors, { metadata });
    expect(await loadCheckpoint(folder, config)).toEqual({ progress, state });
  });

  it('stay what they were when a new one cannot be written', async () => {
    const config = tinyConfig('data', folder);
    const state = initialState(toyWeights(2), false);
    await saveCheckpoint(folder, config, progress, state);
    const bad = { shape: [2], data: new Float32Array(1) };
    const broken = { ...state, weight: { ...state.weight, bad } };
    await expect(saveCheckpoint(folder, config, { ...progress, step: 8 }, broken)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['checkpoint.safetensors']);
    expect(await loadCheckpoint(folder, config)).toEqual({ progress, state });
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
