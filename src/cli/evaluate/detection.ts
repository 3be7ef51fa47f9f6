import { writeFile } from 'node:fs/promises';
import { readCocoResults, toCocoResults } from '../../../datasets/annotations/coco-results.js';
import { readAnnotations } from '../../../datasets/annotations/read-annotations.js';
import { UnreadableImages } from '../../../datasets/batches.js';
import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';
import { groupBy } from '../../base/group-by.js';
import { requirePath } from '../../base/require-path.js';
import type { AnnotationSet } from '../../boxes/annotations.js';
import type { ScoredBoxes } from '../../boxes/protocol.js';
import type { Detector } from '../../detect/detector.js';
import { loadDetector } from '../../detect/load.js';
import type { DetectionRun, Find } from '../../evaluate/evaluate-detector.js';
import { detectInSet, findAsSahi, findInSlices, findInWhole } from '../../evaluate/evaluate-detector.js';
import type { DetectionScores } from '../../evaluate/score-detections.js';
import { labelMap, orientedRows, scoreDetections, uprightColumns } from '../../evaluate/score-detections.js';
import { ProgressLine, paceText } from '../progress-line.js';
import { detectionEvaluationReport } from './detection-report.js';
import type { EvaluateFlags } from './flags.js';
import { intervalDraws } from './interval-draws.js';
import { isOnMap, mapReport, scoreOnMap } from './on-map.js';
import { writeDetectionPage } from './report-page.js';

/** Average precision counts also what is found with little confidence; below this it hardly changes. */
const leastScore = 0.01;

/**
 * What `sahi predict` looks at by default. Greedy merging lets a box grow over all that overlap it: with those of little
 * confidence among them hardly any box would be right.
 */
const sahiLeastScore = 0.25;

/** Scores a detector, or detections from a file, on a labelled set and prints the scores. */
export async function evaluateDetection(flags: EvaluateFlags): Promise<void> {
  if (isOnMap(flags)) {
    if (flags.report !== undefined)
      throw new UserError('--report shows images: it is not for labels in map coordinates.');
    const onMap = await scoreOnMap(flags);
    process.stdout.write(`${flags.json ? JSON.stringify(onMap) : mapReport(onMap)}\n`);
    return;
  }
  const scores =
    flags.detections === undefined ? await scoreModel(flags, openDetector) : await scoreResults(flags);
  process.stdout.write(`${flags.json ? JSON.stringify(scores) : detectionEvaluationReport(scores)}\n`);
}

async function scoreResults(flags: EvaluateFlags): Promise<DetectionScores> {
  const { detections, threshold } = flags;
  const set = await readLabels(flags);
  const intervals = intervalDraws(flags.intervals, set.images.length);
  const found = await readCocoResults(detections!, set);
  await writeDetectionPage(flags, { set, found });
  return scoreDetections(set, found, { threshold, intervals });
}

/** Reads the labels, and says what was guessed about them. */
async function readLabels({ data, images, split }: EvaluateFlags): Promise<AnnotationSet> {
  if (images !== undefined) await requirePath(images);
  const set = await readAnnotations(data, { images, split });
  const splits = groupBy(set.images, (image) => image.split ?? 'none');
  const notes = [...(set.notes ?? [])];
  if (splits.size > 1) {
    const sizes = [...splits].map(([name, own]) => `${name} (${own.length} images)`).join(', ');
    notes.push(`All splits of ${data} are scored: ${sizes}. Take one with --split.`);
  }
  for (const note of notes) process.stderr.write(`${note}\n`);
  return set;
}

/** Loads the model that the flags name. */
function openDetector({ model, device, threads, size }: EvaluateFlags): Promise<Detector> {
  return loadDetector(model, { device, threads, imageSize: size });
}

/**
 * Runs a detector over all images of the set and scores what it finds.
 * @param open opens the detector, which is closed again here
 */
export async function scoreModel(
  flags: EvaluateFlags,
  open: (flags: EvaluateFlags) => Promise<Detector>,
): Promise<DetectionScores> {
  if (flags.merge !== undefined && flags.slice === undefined) {
    throw new UserError('--merge says how slices are merged: give --slice too.');
  }
  const set = await readLabels(flags);
  const detector = await open(flags);
  try {
    const run = await runDetector(detector, set, flags);
    const map = labelMap(detector.labels, set.labels);
    const found = run.found.map((own) => uprightColumns(own, map));
    if (flags.save !== undefined) await saveResults(flags.save, run.set, found);
    const oriented = detector.oriented ? run.found.map((own) => orientedRows(own, map)) : undefined;
    await writeDetectionPage(flags, { set: run.set, found, oriented });
    const intervals = intervalDraws(flags.intervals, run.set.images.length);
    return scoreDetections(run.set, found, { threshold: flags.threshold, intervals, oriented });
  } finally {
    await detector.close();
  }
}

function findAs(detector: Detector, { slice, overlap, merge }: EvaluateFlags): Find {
  if (slice === undefined) return findInWhole(detector, leastScore);
  // A fifth, as SAHI does.
  const options = { threshold: leastScore, slice, overlap: overlap ?? Math.floor(slice / 5) };
  if (merge === 'sahi') return findAsSahi(detector, { ...options, threshold: sahiLeastScore });
  return findInSlices(detector, options);
}

async function runDetector(
  detector: Detector,
  set: AnnotationSet,
  flags: EvaluateFlags,
): Promise<DetectionRun> {
  const progress = new ProgressLine();
  const unreadable = new UnreadableImages(set.images.length, (message) => {
    progress.clear();
    process.stderr.write(`${message}\n`);
  });
  const started = performance.now();
  const onImage = (done: number, total: number) => {
    progress.show(paceText(done, total, 'image', (performance.now() - started) / 1000));
  };
  try {
    return await detectInSet(set, findAs(detector, flags), { unreadable, onImage });
  } finally {
    progress.clear();
  }
}

async function saveResults(path: string, set: AnnotationSet, found: readonly ScoredBoxes[]): Promise<void> {
  const results = toCocoResults(set, found);
  await writeFile(path, JSON.stringify(results)).catch((error: unknown) => {
    throw explainFileError(error, 'write', path);
  });
}
