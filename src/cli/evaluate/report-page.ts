import { writeFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { explainFileError } from '../../base/file-errors.js';
import type { AnnotationSet } from '../../boxes/annotations.js';
import type { ScoredBoxes } from '../../boxes/protocol.js';
import type { OrientedDetection } from '../../evaluate/oriented-metrics.js';
import type { ClassifiedImage } from '../../report/classification-report.js';
import { classificationReport } from '../../report/classification-report.js';
import { detectionReport } from '../../report/detection-report.js';
import { filePixels } from '../../report/file-pixels.js';
import type { ReportedFound, ReportedImage } from '../../report/reported.js';
import { cornersOfBox } from '../../report/reported.js';
import type { EvaluateFlags } from './flags.js';

/** What was found in the images of a set: upright boxes, and turned ones where there are. */
export interface FoundInSet {
  readonly set: AnnotationSet;
  readonly found: readonly ScoredBoxes[];
  readonly oriented?: readonly (readonly OrientedDetection[])[];
}

/** Writes the page that `--report` asks for, about a detector or a file of detections. */
export async function writeDetectionPage(
  flags: EvaluateFlags,
  { set, found, oriented }: FoundInSet,
): Promise<void> {
  if (flags.report === undefined) return;
  const images = set.images.map(({ path, width, height, objects }, index): ReportedImage => {
    return {
      name: basename(path),
      width,
      height,
      truths: objects.map(({ box, polygon, label, crowd, difficult }) => {
        return { corners: polygon ?? cornersOfBox([...box]), label, ignored: Boolean(crowd || difficult) };
      }),
      found: oriented ? oriented[index]! : uprightFound(found[index]!),
      pixels: () => filePixels(path),
    };
  });
  const title = titleOf(flags);
  await write(
    flags.report,
    await detectionReport({
      title,
      facts: factsOf(flags),
      labels: set.labels,
      images,
      threshold: flags.threshold,
    }),
  );
}

/** The same about a classifier. */
export async function writeClassificationPage(
  flags: EvaluateFlags,
  labels: readonly string[],
  answers: readonly Pick<ClassifiedImage, 'name' | 'label' | 'scores'>[],
): Promise<void> {
  if (flags.report === undefined) return;
  const images = answers.map((answer): ClassifiedImage => {
    return { ...answer, name: relative(flags.data, answer.name), pixels: () => filePixels(answer.name) };
  });
  const title = titleOf(flags);
  await write(flags.report, await classificationReport({ title, facts: factsOf(flags), labels, images }));
}

function titleOf({ model, data, detections }: EvaluateFlags): string {
  return `${basename(detections ?? model)} on ${basename(data)}`;
}

function factsOf({ model, data, split, detections, slice, size }: EvaluateFlags): [string, string][] {
  const facts: [string, string | undefined][] = [
    detections === undefined ? ['model', model] : ['detections', detections],
    ['data', data],
    ['split', split],
    ['seen', slice === undefined ? size?.join(' x ') : `in slices of ${slice} pixels`],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function uprightFound({ count, boxes, scores, classes }: ScoredBoxes): ReportedFound[] {
  return Array.from({ length: count }, (_, at): ReportedFound => {
    const box = [0, 1, 2, 3].map((edge) => boxes[4 * at + edge]!) as [number, number, number, number];
    return { corners: cornersOfBox(box), label: classes[at]!, score: scores[at]! };
  });
}

async function write(path: string, page: string): Promise<void> {
  await writeFile(path, page).catch((error: unknown) => {
    throw explainFileError(error, 'write', path);
  });
}
