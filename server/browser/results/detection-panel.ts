import type { Detection } from '../api/answers.js';
import { element } from '../dom/element.js';
import { formatCount, plural } from '../dom/format.js';
import { make, makeSwatch } from '../dom/make.js';
import type { Detections } from './detections.js';
import { ObjectList } from './object-list.js';

export interface DetectionPanelOptions {
  /** Called when other objects are to be shown. */
  readonly onChange: () => void;
  /** Called with the object that a person takes from the list. */
  readonly onSelect: (one: Detection) => void;
}

/** The panel beside a detector's scene: summary, lowest score, classes and list. */
export class DetectionPanel {
  readonly #detections: Detections;
  readonly #options: DetectionPanelOptions;
  readonly #list: ObjectList;
  /** Numbers beside the classes, in their order. */
  readonly #counts: readonly HTMLElement[];

  constructor(detections: Detections, options: DetectionPanelOptions) {
    this.#detections = detections;
    this.#options = options;
    this.#list = new ObjectList(detections, options.onSelect);
    this.#counts = this.#showLegend();
    this.#showSlider();
    element('classes').hidden = false;
    this.#update();
  }

  #showSlider(): void {
    const slider = element('score', HTMLInputElement);
    const value = element('score-value');
    const lowest = Math.floor(100 * this.#detections.lowest);
    Object.assign(slider, { min: lowest, max: 100, value: lowest });
    value.textContent = `${lowest} %`;
    slider.oninput = () => {
      // At its lower end it leaves nothing out.
      const percent = slider.valueAsNumber;
      this.#detections.threshold = percent > lowest ? percent / 100 : 0;
      value.textContent = `${percent} %`;
      this.#update();
    };
  }

  #showLegend(): HTMLElement[] {
    const counts: HTMLElement[] = [];
    const rows = this.#detections.classes.map((one) => {
      const box = make('input', { type: 'checkbox', checked: true });
      box.addEventListener('change', () => {
        one.isShown = box.checked;
        this.#update();
      });
      const count = make('span', { className: 'count' });
      counts.push(count);
      return make(
        'label',
        {},
        box,
        makeSwatch(one.colour),
        make('span', { className: 'name' }, one.name),
        count,
      );
    });
    element('legend').replaceChildren(make('legend', {}, 'Classes'), ...rows);
    return counts;
  }

  #update(): void {
    const detections = this.#detections;
    detections.filter();
    element('summary').textContent = summaryOf(detections.all.length, detections.shown.length);
    for (const [index, { count, isShown }] of detections.classes.entries()) {
      this.#counts[index]!.textContent =
        isShown || count === 0 ? formatCount(count) : `${formatCount(count)} hidden`;
    }
    this.#list.fill();
    this.#options.onChange();
  }

  /** Marks the object that was picked in the image. */
  markSelected(): void {
    this.#list.markSelected();
  }
}

function summaryOf(all: number, shown: number): string {
  if (all === 0) return 'No objects were found.';
  return `${plural(shown, 'object')}${shown < all ? ` of ${formatCount(all)}` : ''}`;
}
