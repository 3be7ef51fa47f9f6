import sharp from 'sharp';
import { UserError } from '../../base/errors.js';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import type { PlacedArea } from '../../detect/area/area-in-scene.js';
import { areaOfBounds, readArea } from '../../detect/area/read-area.js';
import { loadDetector } from '../../detect/load.js';
import { isTextFormat } from '../../detect/output/write-detections.js';
import { checkVectorFormat } from '../../detect/output/write-vectors.js';
import { endAsInterrupted, stopOnInterrupt } from '../interrupt.js';
import type { OpenedDetector } from './detect-scenes.js';
import { detectScenes, localDetector, reportUnreadable } from './detect-scenes.js';
import type { DetectFlags } from './flags.js';
import { sceneFiles } from './scene-files.js';
import { planJobs } from './scene-job.js';

/** An opened detector, and how to close it. */
type Closable = OpenedDetector & { close(): Promise<void> };

/** Finds objects in scenes, one after the other, and writes what it found. */
export async function detect(args: string[], flags: DetectFlags): Promise<void> {
  const jobs = planJobs(await sceneFiles(args, flags.bandsFrom, flags.asset), flags);
  const { format } = jobs[0]!;
  if (!isTextFormat(format)) checkVectorFormat(format, flags);
  const area = await areaOf(flags);
  const unreadable = await reportUnreadable(jobs, flags);
  if (unreadable.size === jobs.length) return;
  // Every piece is decoded once: there is nothing to remember.
  sharp.cache(false);
  const stop = stopOnInterrupt();
  const detector = await (flags.queue === undefined ? openHere(flags) : openQueue(flags.queue, flags));
  try {
    await detectScenes(jobs, detector, { ...flags, area }, stop, unreadable);
  } finally {
    if (stop.aborted) endAsInterrupted();
    await detector.close();
  }
}

/** What is to be looked at. @throws UserError when the file holds no area, or both ways are taken */
async function areaOf({ aoi, aoiCrs, bounds, crs }: DetectFlags): Promise<PlacedArea | undefined> {
  if (aoi !== undefined && bounds !== undefined) {
    throw new UserError('--aoi and --bounds both say what is looked at: give one of them.', { status: 400 });
  }
  if (bounds) return areaOfBounds(bounds, crs);
  return aoi === undefined ? undefined : readArea(aoi, aoiCrs);
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
