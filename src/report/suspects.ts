import { bestOperatingPoint } from '../evaluate/coco-metrics/operating-point.js';
import type { ClassificationReport, ClassifiedImage } from './classification-report.js';
import { answerFigures, worstAnswers } from './classification-report.js';
import { mistakeFigures } from './detection-report.js';
import { curveOf, matchObjects } from './match-objects.js';
import { worstMistakes } from './mistakes.js';
import type { Safe } from './page.js';
import { html, section } from './page.js';
import type { ReportedImage } from './reported.js';

/** Places of the training images whose labels look wrong to a model that has learned from them, and what to call them. */
export interface Suspects {
  readonly section: Safe;
  readonly count: number;
}

const shown = 20;
const title = 'Labels that look wrong';

function introduction(looked: number, total: number): string {
  return (
    `Training images with which the model disagrees most after having learned from them (${looked} of ${total} looked at). ` +
    'Some are hard, some are labelled wrongly: look at them first when labels are to be mended.'
  );
}

/** Objects of training images: the surest finds where nothing is labelled, and labels on which nothing is found. */
export async function suspectObjects(
  images: readonly ReportedImage[],
  labels: readonly string[],
  total: number,
): Promise<Suspects> {
  const match = matchObjects(images);
  const threshold = bestOperatingPoint(curveOf(match))?.threshold ?? 0.5;
  const worst = worstMistakes(match, threshold, shown);
  const figures = await mistakeFigures(images, worst, labels);
  const crops = html`<div class="crops">${figures}</div>`;
  return { section: section(title, introduction(images.length, total), crops), count: worst.length };
}

/** Training images whose class the model thinks least likely. */
export async function suspectImages(
  images: readonly ClassifiedImage[],
  labels: ClassificationReport['labels'],
  total: number,
): Promise<Suspects> {
  const worst = worstAnswers(images, shown);
  const crops = html`<div class="crops">${await answerFigures(images, worst, labels)}</div>`;
  return { section: section(title, introduction(images.length, total), crops), count: worst.length };
}
