import { join } from 'node:path';
import { UnreadableImages } from '../../../datasets/batches.js';
import type { LabelledImage } from '../../../datasets/image-folder.js';
import { readImageFolder } from '../../../datasets/image-folder.js';
import { UserError } from '../../base/errors.js';
import { requirePath } from '../../base/require-path.js';
import { holdsDetector } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { loadModel } from '../../detect/load.js';
import { evaluateClassifier } from '../../evaluate/evaluate-classifier.js';
import type { ClassifiedImage } from '../../report/classification-report.js';
import { ProgressLine, paceText } from '../progress-line.js';
import { evaluationReport } from './classification-report.js';
import type { EvaluateFlags } from './flags.js';
import { intervalDraws } from './interval-draws.js';
import { isOnMap } from './on-map.js';
import { writeClassificationPage } from './report-page.js';

const detectionFlags = [
  'images',
  'iou',
  'distance',
  'save',
  'threshold',
  'slice',
  'overlap',
  'merge',
] as const;
/** Runs a classifier or a detector, whichever the model is, over labelled images and prints the scores. */
export async function evaluate(flags: EvaluateFlags): Promise<void> {
  const isDetection =
    flags.detections !== undefined || isOnMap(flags) || (await holdsDetector(resolveModel(flags.model)));
  const foreign = isDetection ? undefined : detectionFlags.find((name) => flags[name] !== undefined);
  if (foreign) throw new UserError(`--${foreign} is for detectors, which ${flags.model} is not.`);
  if (!isDetection) return evaluateClassification(flags);
  const { evaluateDetection } = await import('./detection.js');
  return evaluateDetection(flags);
}

/** Classifies every image of the folder and prints the scores. */
async function evaluateClassification(flags: EvaluateFlags): Promise<void> {
  const { data, split, size, json, ...options } = flags;
  const path = split === undefined ? data : join(data, split);
  await requirePath(path);
  const classifier = await loadModel(options.model, { ...options, imageSize: size });
  const progress = new ProgressLine();
  try {
    const folder = await readImageFolder(path, classifier.labels);
    const unreadable = new UnreadableImages(folder.images.length, (message) => {
      progress.clear();
      process.stderr.write(`${message}\n`);
    });
    const started = performance.now();
    const onImage = (done: number, total: number) => {
      progress.show(paceText(done, total, 'image', (performance.now() - started) / 1000));
    };
    const intervals = intervalDraws(flags.intervals, folder.images.length);
    const answers: Pick<ClassifiedImage, 'name' | 'label' | 'scores'>[] = [];
    const onAnswer = (image: LabelledImage, scores: readonly number[]) => {
      answers.push({ name: image.path, label: image.label, scores });
    };
    const scores = await evaluateClassifier(classifier, folder, { unreadable, onImage, onAnswer, intervals });
    progress.clear();
    await writeClassificationPage(flags, classifier.labels, answers);
    process.stdout.write(`${json ? JSON.stringify(scores) : evaluationReport(scores)}\n`);
  } finally {
    progress.clear();
    await classifier.close();
  }
}
