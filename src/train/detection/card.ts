import type { CardFacts } from '../card.js';
import { cardEnd } from '../card.js';
import type { DetectionConfig } from './config.js';

/** What of an image the model is given. */
export function whatOf({ resize }: DetectionConfig): string {
  return resize === 'stretch' ? 'stretched copies of' : 'windows of';
}

/** With fewer objects to learn from, what a detector says of a class is not to be relied on. */
const fewObjects = 20;

/** How many objects of each class were learned from, and which classes are too few for that. */
function classLines(classes: readonly string[], objects: readonly number[]): string {
  const counts = classes.map((name, label) => `${name} ${objects[label]}`).join(', ');
  const few = classes.filter((_, label) => objects[label]! < fewObjects);
  const warning =
    few.length === 0
      ? ''
      : `\n- **Not to be trusted: ${few.join(', ')}.** Fewer than ${fewObjects} objects to learn from: most will be missed or called something else.`;
  return `- Objects learned from: ${counts}.${warning}`;
}

/** Facts of the card of a detector. */
export interface DetectorCardFacts extends CardFacts {
  /** Objects of each class that were learned from. */
  readonly objects: readonly number[];
  /** Metres that a pixel covers, where the images are of one resolution. */
  readonly gsd?: number;
}

/** A model card to begin with: what is known from the run, and what only its author can add. */
export function detectorCardStub(config: DetectionConfig, facts: DetectorCardFacts): string {
  const { best, seconds } = facts.progress;
  const score = best
    ? `${best.measure} ${best.score.toFixed(3)}, whatever the class, on ${whatOf(config)} ${facts.validationImages} validation images (epoch ${best.epoch + 1} of ${config.epochs}, the best)`
    : 'not measured yet';
  const point = best?.operatingPoint;
  const threshold = point
    ? `\n- A score of ${point.threshold.toFixed(3)} counts as found: the best F1 on these images, at precision ${point.precision.toFixed(3)} and recall ${point.recall.toFixed(3)}.`
    : '';
  return `# ${facts.title}

Object detector, ${facts.classes.length} classes: ${facts.classes.join(', ')}.

- Trained on ${whatOf(config)} ${facts.trainingImages} images, ${config.imageSize.join(' x ')} pixels, starting from ${facts.origin}.
${classLines(facts.classes, facts.objects)}
${facts.gsd === undefined ? '' : `- Images of ${facts.gsd} m a pixel: scenes of another resolution are resampled to that.\n`}- Score: ${score}. The epoch was chosen on these images: measure on others before you quote a figure.${threshold}
${cardEnd(config, seconds)}`;
}
