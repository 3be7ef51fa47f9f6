import type { ClassificationResult, DetectionResult, Scene } from '../api/answers.js';
import { element } from '../dom/element.js';
import { formatSeconds, formatSize, plural } from '../dom/format.js';
import { make } from '../dom/make.js';

/** Shows what the work was: size, model and time. */
export function showFacts({ image, model }: Scene, answer: ClassificationResult | DetectionResult): void {
  const facts = [
    ['Size', formatSize(image)],
    ['Model', model],
    ['Time', `${formatSeconds(answer.timings.total)}, ${plural(answer.tiles, 'tile')}`],
  ] as const;
  element('facts').replaceChildren(
    ...facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
  );
}
