import type { CardFacts } from '../card.js';
import { cardEnd } from '../card.js';
import type { DetectionConfig } from './config.js';

/** What of an image the model is given. */
export function whatOf({ resize }: DetectionConfig): string {
  return resize === 'stretch' ? 'stretched copies of' : 'windows of';
}

/** A model card to begin with: what is known from the run, and what only its author can add. */
export function detectorCardStub(config: DetectionConfig, facts: CardFacts): string {
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
- Score: ${score}. The epoch was chosen on these images: measure on others before you quote a figure.${threshold}
${cardEnd(config, seconds)}`;
}
