import { rm } from 'node:fs/promises';
import { UserError } from '../../base/errors.js';
import type { Lock } from '../../base/lock-folder.js';
import { lockFolder } from '../../base/lock-folder.js';
import { writeAtomically } from '../../base/write-atomically.js';
import { noDetections } from '../../boxes/detections.js';
import type { Detector, DetectorTraits } from '../../detect/detector.js';
import { locatorFor } from '../../detect/output/locate.js';
import { drawOverview } from '../../detect/output/overview.js';
import type { SceneDetections } from '../../detect/output/scene-detections.js';
import { isTextFormat } from '../../detect/output/write-detections.js';
import { runScene } from '../../detect/scene/detect-scene.js';
import { LocalRunner } from '../../detect/scene/local-runner.js';
import type { SceneProgress, SceneSettings } from '../../detect/scene/scene-options.js';
import type { TileRunner } from '../../detect/scene/tile-runner.js';
import { systemOfPlace } from '../../geo/georeference.js';
import { projectionNote } from '../../geo/projection.js';
import { isRemote } from '../../image/raster/cloud-address.js';
import { openRaster } from '../../image/raster/open-raster.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import type { Scaling } from '../../image/raster/scaling.js';
import { checkReadable } from '../../image/source.js';
import type { DetectFlags } from './flags.js';
import type { SceneJob } from './scene-job.js';
import { jsonReport, textReport } from './scene-report.js';
import { SceneReporter } from './scene-reporter.js';
import { writeOutput } from './write-output.js';

/** A detector, the fingerprint of its model, and what runs it on tiles. */
export interface OpenedDetector {
  readonly detector: DetectorTraits;
  readonly fingerprint: string;
  /** @param note tells the user why tiles are not being done */
  runnerFor(job: SceneJob, source: RasterSource, note: (text: string) => void): TileRunner;
}

/** A detector that runs in this process. */
export function localDetector(detector: Detector, fingerprint: string): OpenedDetector {
  return { detector, fingerprint, runnerFor: (_job, source) => new LocalRunner(source, detector, 1) };
}

/** Reports the scenes whose files cannot be read, before time goes into the others. */
export async function reportUnreadable(
  jobs: readonly SceneJob[],
  flags: DetectFlags,
): Promise<ReadonlySet<SceneJob>> {
  const unreadable = new Set<SceneJob>();
  for (const job of jobs) {
    try {
      if (job.scene.failure) throw job.scene.failure;
      for (const path of job.scene.paths) if (!isRemote(path)) await checkReadable(path);
    } catch (error) {
      reportFailure(job, error, flags);
      unreadable.add(job);
    }
  }
  return unreadable;
}

/**
 * Runs the scenes one after the other; each is written as soon as it is done, and a bad one does not stop the others.
 * @param reported scenes that failed already
 */
export async function detectScenes(
  jobs: readonly SceneJob[],
  opened: OpenedDetector,
  flags: DetectFlags,
  stop: AbortSignal,
  reported: ReadonlySet<SceneJob> = new Set(),
): Promise<void> {
  // What goes into one file for all scenes.
  const shared: SceneDetections[] = [];
  for (const job of jobs) {
    if (reported.has(job)) continue;
    const reporter = new SceneReporter(job.scene.name);
    try {
      const found = await detectOne(job, opened, flags, stop, reporter);
      if (job.isShared) shared.push(found);
    } catch (error) {
      reporter.clear();
      if (stop.aborted) {
        process.stderr.write(
          `Stopped. Finished tiles are kept in ${job.state}; the same command resumes from there.\n`,
        );
        return;
      }
      reportFailure(job, error, flags);
    }
  }
  const [first] = jobs;
  if (!first?.isShared || shared.length === 0) return;
  try {
    await writeOutput(first, shared, flags);
    // After a failure the same command has only the scenes to do that failed.
    if (shared.length === jobs.length) await removeState(first);
  } catch (error) {
    reportFailure(first, error, flags);
  }
}

async function removeState({ keepsState, state }: SceneJob): Promise<void> {
  if (!keepsState) await rm(state, { recursive: true, force: true });
}

async function detectOne(
  job: SceneJob,
  { detector, fingerprint, runnerFor }: OpenedDetector,
  flags: DetectFlags,
  stop: AbortSignal,
  reporter: SceneReporter,
): Promise<SceneDetections> {
  const source = await openRaster(job.scene.paths, flags);
  let lock: Lock | undefined;
  try {
    const { width, height, georeference } = source;
    const scene: SceneDetections = {
      name: job.scene.name,
      labels: detector.labels,
      georeference,
      width,
      height,
      detections: noDetections(),
    };
    checkPlace(scene, job, flags);
    // The folder is removed at the end: nobody else may have a journal in it by then.
    if (!job.keepsState)
      lock = await lockFolder(job.state, 'Wait until it is done, or choose another --out.');
    const settings = {
      ...sceneOptions(source, flags),
      detector,
      modelFingerprint: fingerprint,
      stateFolder: job.state,
      signal: stop,
      onProgress: (progress: SceneProgress) => reporter.show(progress),
      onNote: (text: string) => reporter.note(text),
    };
    const runner = runnerFor(job, source, (text) => reporter.note(text));
    const result = await runScene(settings, runner);
    reporter.clear();
    if (result.damagedLines > 0) {
      reporter.note(
        `${result.damagedLines} lines of the journal in ${job.state} are damaged and do not count.`,
      );
    }
    const found = { ...scene, detections: result.detections };
    if (!job.isShared) await writeOutput(job, [found], flags);
    if (job.overview !== undefined) {
      const drawn = await drawOverview(source, result.detections, sceneOptions(source, flags));
      await writeAtomically(job.overview, drawn);
    }
    if (!job.isShared) await removeState(job);
    const report = flags.json ? jsonReport : textReport;
    process.stdout.write(`${report({ job, labels: detector.labels, result, width, height })}\n`);
    return found;
  } finally {
    await lock?.release();
    await source.close();
  }
}

function sceneOptions(source: RasterSource, flags: DetectFlags): Omit<SceneSettings, 'detector'> {
  const { range, percentile, mergeOverlap, memory, classAgnostic } = flags;
  const { classes, minSize, maxSize, maxObjects } = flags;
  const scaling: Scaling | undefined = range
    ? { type: 'range', low: range[0], high: range[1] }
    : percentile && { type: 'percentile', low: percentile[0], high: percentile[1] };
  return {
    source,
    bands: flags.bands,
    scaling,
    tileSize: flags.tile,
    overlap: flags.overlap,
    threshold: flags.threshold,
    firstLook: flags.firstLook,
    memoryBytes: memory === undefined ? undefined : memory * 1e9,
    merge: { type: flags.merge, overlap: mergeOverlap, classAgnostic },
    area: flags.area,
    selection: { classes, minSize, maxSize, maxObjects },
    gsd: flags.gsd,
    sourceCrs: flags.sourceCrs,
    resample: flags.resample,
  };
}

/**
 * Finds out before the work, not after it, that the results cannot be placed on Earth.
 * @throws UserError when the scene's reference system is not known
 */
function checkPlace(scene: SceneDetections, { format }: SceneJob, { crs, sourceCrs }: DetectFlags): void {
  if (format === 'coco' || format === 'yolo') return;
  const locator = locatorFor(scene, crs, sourceCrs);
  locator?.position(scene.width / 2, scene.height / 2);
  const system = sourceCrs ?? (scene.georeference && systemOfPlace(scene.georeference));
  const note = locator && crs === 'wgs84' && system !== undefined && projectionNote(system, scene.name);
  if (note) process.stderr.write(`${note}\n`);
  if (locator || format === 'csv') return;
  if (!isTextFormat(format)) {
    throw new UserError(
      `${scene.name} does not say where on Earth it lies. Write pixels as coordinates with --crs pixel, or GeoJSON or CSV.`,
    );
  }
  process.stderr.write(
    `${scene.name} does not say where on Earth it lies: features get no geometry, only a box in pixels. ` +
      'Write pixels as coordinates with --crs pixel.\n',
  );
}

function reportFailure(job: SceneJob, error: unknown, { json }: DetectFlags): void {
  if (!(error instanceof UserError)) throw error;
  process.exitCode = 1;
  const scene = job.scene.paths.join(',');
  if (json) process.stdout.write(`${JSON.stringify({ scene, error: error.message })}\n`);
  process.stderr.write(`error: ${error.message}\n`);
}
