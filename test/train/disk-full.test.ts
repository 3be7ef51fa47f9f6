import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareOutcomes, outcomeOf, runToEnd, setUpTraining } from '../../scripts/kill/kill-training.js';
import { UserError } from '../../src/base/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { readTrainingConfig } from '../../src/train/config.js';
import { runTraining } from '../../src/train/run-training.js';
import { writeDataset } from '../datasets/synthetic-images.js';

const folder = await mkdtemp(join(tmpdir(), 'full-'));
const disk = join(folder, 'disk');

/** A file system of 8 MiB, where this account may make one. */
function mountSmall(): boolean {
  try {
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mountSmall();
if (!isMounted) console.warn('No small file system can be mounted here: a full disk is not tried.');

/** Fills the disk but for some bytes. */
function fillUp(path: string, free: number): void {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  let written = 0;
  try {
    for (;;) written += writeSync(file, page);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
    ftruncateSync(file, Math.max(0, written - free));
  } finally {
    closeSync(file);
  }
}

describe.skipIf(!isMounted)('a disk that is full in the middle of a checkpoint', () => {
  afterAll(async () => {
    execFileSync('umount', [disk]);
    await rm(folder, { recursive: true });
  });

  it('leaves the last one, is said, and the run goes on to the same end when there is room', async () => {
    const data = await writeDataset({ train: 16, val: 4 });
    try {
      await mkdir(join(folder, 'alone'));
      const alone = await setUpTraining(join(folder, 'alone'), data);
      await runToEnd(alone.config);
      const { config: path, out } = await setUpTraining(disk, data);
      const config = await readTrainingConfig(path);
      const filler = join(disk, 'filler');
      const reporter = {
        note: () => undefined,
        // The checkpoint has some 100 kB: its beginning fits.
        step: ({ step }: { step: number }) => void (step === 5 && fillUp(filler, 16_384)),
      };
      const full = runTraining(config, { signal: new AbortController().signal, reporter });
      await expect(full).rejects.toThrow(
        /the disk is full\. The checkpoint of step 4 is unharmed: make room/,
      );
      await expect(full).rejects.toBeInstanceOf(UserError);
      expect((await loadCheckpoint(out, config))?.progress.step).toBe(4);
      // As long as there is no room the run ends the same way, and harms nothing.
      const before = await readFile(join(out, 'checkpoint.safetensors'));
      fillUp(join(disk, 'rest'), 0);
      const again = runTraining(config, { signal: new AbortController().signal, reporter });
      await expect(again).rejects.toThrow(/the disk is full/);
      expect((await readFile(join(out, 'checkpoint.safetensors'))).equals(before)).toBe(true);
      for (const name of [filler, join(disk, 'rest')]) await rm(name);
      await runToEnd(path);
      compareOutcomes(await outcomeOf(out), await outcomeOf(alone.out));
    } finally {
      await rm(data, { recursive: true });
    }
  }, 300_000);
});
