import sharp from 'sharp';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { loadDetector } from '../../model.js';
import type { DetectFlags } from '../detect-flags.js';
import { endAsInterrupted, stopOnInterrupt } from '../interrupt.js';
import { sceneFiles } from '../scene-files.js';
import { planJobs } from '../scene-job.js';
import { detectScenes } from './detect-scenes.js';

/** Finds objects in scenes, one after the other, and writes what it found. */
export async function detect(args: string[], flags: DetectFlags): Promise<void> {
  const jobs = planJobs(await sceneFiles(args, flags.bandsFrom), flags);
  // Every piece is decoded once: there is nothing to remember.
  sharp.cache(false);
  const stop = stopOnInterrupt();
  const detector = await loadDetector(flags.model, flags);
  try {
    await detectScenes(
      jobs,
      { detector, fingerprint: await modelFingerprint(resolveModel(flags.model)) },
      flags,
      stop,
    );
  } finally {
    if (stop.aborted) endAsInterrupted();
    await detector.close();
  }
}
