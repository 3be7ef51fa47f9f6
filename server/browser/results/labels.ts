import type { ClassificationResult } from '../api/answers.js';
import { element } from '../dom/element.js';
import { formatPercent } from '../dom/format.js';
import { make } from '../dom/make.js';

/** Shows a classifier's best labels. */
export function showLabels({ predictions }: ClassificationResult): void {
  element('answers').hidden = false;
  const rows = predictions.slice(0, 5).map(({ label, score }) => {
    const percent = formatPercent(score, 1);
    const meter = make('meter', { value: score });
    meter.setAttribute('aria-label', `${label}: ${percent}`);
    return make('li', {}, make('span', {}, label), make('span', { className: 'count' }, percent), meter);
  });
  element('labels').replaceChildren(...rows);
  element('summary').textContent = `Most likely ${predictions[0]!.label}.`;
}
