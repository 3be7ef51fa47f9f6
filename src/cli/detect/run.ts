import sharp from 'sharp';
import { UserError } from '../../base/errors.js';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { loadDetector } from '../../detect/load.js';
import { endAsInterrupted, stopOnInterrupt } from '../interrupt.js';
import type { OpenedDetector } from './detect-scenes.js';
import { detectScenes, localDetector } from './detect-scenes.js';
import type { DetectFlags } from './flags.js';
import { sceneFiles } from './scene-files.js';
import { planJobs } from './scene-job.js';

/** An opened detector and how it is let go of. */
type Closable = OpenedDetector & { close(): Promise<void> };

/** Finds objects in scenes, one after the other, and writes what it found. */
export async function detect(args: string[], flags: DetectFlags): Promise<void> {
  const jobs = planJobs(await sceneFiles(args, flags.bandsFrom), flags);
  // Every piece is decoded once: there is nothing to remember.
  sharp.cache(false);
  const stop = stopOnInterrupt();
  const detector = await (flags.queue === undefined ? openHere(flags) : openQueue(flags.queue, flags));
  try {
    await detectScenes(jobs, detector, flags, stop);
  } finally {
    if (stop.aborted) endAsInterrupted();
    await detector.close();
  }
}

async function openHere(flags: DetectFlags): Promise<Closable> {
  const detector = await loadDetector(flags.model, flags);
  const fingerprint = await modelFingerprint(resolveModel(flags.model));
  return { ...localDetector(detector, fingerprint), close: () => detector.close() };
}

async function openQueue(address: string, flags: DetectFlags): Promise<Closable> {
  if (flags.threads !== undefined) {
    throw new UserError('With --queue the workers compute: give --threads to "vil worker".', { status: 400 });
  }
  // Loaded only here: on one machine nothing of a queue is needed.
  const { connectQueue } = await import('./queue-detector.js');
  return connectQueue(address, flags);
}
