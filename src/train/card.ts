import type { Progress } from './checkpoint.js';
import type { ClassificationConfig, GeneratedConfig } from './config.js';
import { formatDuration } from './progress.js';
import type { RunConfig } from './run-config.js';

/** Facts of a run that its configuration does not hold. */
export interface CardFacts {
  readonly title: string;
  readonly origin: string;
  readonly classes: readonly string[];
  readonly trainingImages: number;
  readonly validationImages: number;
  readonly progress: Progress;
}

/** A model card to begin with: what is known from the run, and what only its author can add. */
export function cardStub(config: ClassificationConfig, facts: CardFacts): string {
  const { best, seconds } = facts.progress;
  const size = config.imageSize.join(' x ');
  const scores = best
    ? `${(100 * best.score).toFixed(2)} % of ${facts.validationImages} validation images (epoch ${best.epoch + 1} of ${config.epochs}, the best)`
    : 'not measured yet';
  return `# ${facts.title}

Image classifier, ${facts.classes.length} classes: ${facts.classes.join(', ')}.

- Trained on ${facts.trainingImages} images at ${size} pixels, starting from ${facts.origin}.
- Accuracy: ${scores}. The epoch was chosen on these images: measure on others before you quote a figure.
${cardEnd(config, seconds)}`;
}

/** A model card to begin with for a model that was trained on generated images. */
export function generatedCard(
  config: GeneratedConfig,
  facts: Pick<CardFacts, 'title' | 'origin' | 'progress'>,
): string {
  const { best, seconds } = facts.progress;
  const score = best
    ? `${(100 * best.score).toFixed(2)} % (mean of all questions, epoch ${best.epoch + 1} of ${config.epochs}, the best)`
    : 'not measured yet';
  return `# ${facts.title}

Answers the questions of ${config.data.generator} about images of ${config.data.canvas} x ${config.data.canvas} pixels.

- Trained on ${config.trainImages * config.epochs} generated images, seed ${config.seed}, seen at ${config.imageSize.join(' x ')} pixels, starting from ${facts.origin}.
- Accuracy on ${config.validationImages} validation images: ${score}. Measure on the test split before you quote a figure.
- Training time so far: ${formatDuration(seconds)}.

${configurationSection(config)}`;
}

/** What a card of a model trained on images ends with: the time it took, what its author has to add, the configuration. */
export function cardEnd(config: RunConfig, seconds: number): string {
  return `- Training time so far: ${formatDuration(seconds)}.

To be completed: where the images come from and their licence, what the model is for, and where it fails.

${configurationSection(config)}`;
}

function configurationSection(config: RunConfig): string {
  return `## Configuration

\`\`\`json
${JSON.stringify(config, undefined, 2)}
\`\`\`
`;
}
