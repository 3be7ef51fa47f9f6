import type { Detection } from '../api/answers.js';
import { element } from '../dom/element.js';
import { formatCount, formatPercent, plural } from '../dom/format.js';
import { make, makeSwatch } from '../dom/make.js';
import type { Detections } from './detections.js';

/** Rows that are added at a time. */
const rowsAtOnce = 100;

/** The list of the objects that are shown. */
export class ObjectList {
  readonly #detections: Detections;
  readonly #onSelect: (one: Detection) => void;
  #rows = new Map<Detection, HTMLButtonElement>();

  /** @param onSelect called with the object that a person takes */
  constructor(detections: Detections, onSelect: (one: Detection) => void) {
    this.#detections = detections;
    this.#onSelect = onSelect;
  }

  /** Lists the first objects anew. */
  fill(count = rowsAtOnce): void {
    const { shown } = this.#detections;
    this.#rows = new Map(shown.slice(0, count).map((one) => [one, this.#makeRow(one)]));
    const rows = Array.from(this.#rows.values(), (button) => make('li', {}, button));
    element('list').replaceChildren(...rows);
    element('list-title').textContent =
      shown.length === 0 ? 'No objects to list' : `List of ${plural(shown.length, 'object')}`;
    element('list-empty').textContent = shown.length > 0 ? '' : whyEmpty(this.#detections);
    const more = element('more');
    more.hidden = shown.length <= count;
    more.textContent = `Show more (${formatCount(shown.length - count)} left)`;
    more.onclick = () => this.fill(count + rowsAtOnce);
  }

  #makeRow(one: Detection): HTMLButtonElement {
    const { xmin, ymin, xmax, ymax } = one.box;
    const place = `at ${Math.round((xmin + xmax) / 2)}, ${Math.round((ymin + ymax) / 2)}`;
    const button = make(
      'button',
      { type: 'button' },
      makeSwatch(this.#detections.colourOf(one)),
      make('span', { className: 'name' }, one.label),
      make('span', { className: 'place' }, place),
      make('span', { className: 'count' }, formatPercent(one.score)),
    );
    button.addEventListener('click', () => this.#onSelect(one));
    if (one === this.#detections.selected) button.setAttribute('aria-current', 'true');
    return button;
  }

  /** Marks the row of the selected object, and says which it is. */
  markSelected(): void {
    const { selected } = this.#detections;
    for (const [one, button] of this.#rows) {
      if (one !== selected) {
        button.removeAttribute('aria-current');
        continue;
      }
      button.setAttribute('aria-current', 'true');
      button.scrollIntoView({ block: 'nearest' });
    }
    if (selected) element('status').textContent = `${selected.label}, ${formatPercent(selected.score)}`;
  }
}

function whyEmpty({ all, classes }: Detections): string {
  if (all.length === 0) return '';
  return classes.some(({ count, isShown }) => count > 0 && !isShown)
    ? 'The classes of these objects are switched off.'
    : 'No object scores so high.';
}
