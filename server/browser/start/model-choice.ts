import type { Model } from '../api/answers.js';
import { getJson } from '../api/request.js';
import { element } from '../dom/element.js';
import { make } from '../dom/make.js';

/** The list of models to choose from. */
export class ModelChoice {
  #models: readonly Model[] = [];

  /** Name of the model chosen; empty while there is none. */
  get chosen(): string {
    return element('model', HTMLSelectElement).value;
  }

  /** Asks the server for its models, once it has loaded them; not again when they are known. */
  async load(): Promise<void> {
    if (this.#models.length > 0) return;
    let models: readonly Model[];
    for (;;) {
      ({ models } = await getJson<{ readonly models: readonly Model[] }>('/v1/models'));
      if (models.length > 0) break;
      element('model-about').textContent = 'The server is loading its models …';
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    // Another call may have been faster, and a person have chosen since.
    if (this.#models.length > 0) return;
    this.#models = models;
    const select = element('model', HTMLSelectElement);
    const groups = [this.#group('Find objects', 'detect'), this.#group('Classify', 'classify')];
    select.replaceChildren(...groups.filter(({ childElementCount }) => childElementCount > 0));
    select.onchange = () => this.#describe();
    this.#describe();
  }

  #group(label: string, task: Model['task']): HTMLOptGroupElement {
    const options = this.#models
      .filter((model) => model.task === task)
      .map(({ name }) => make('option', { value: name }, name));
    return make('optgroup', { label }, ...options);
  }

  #describe(): void {
    const model = this.#models.find(({ name }) => name === this.chosen);
    if (!model) return;
    const names = model.labels.slice(0, 8).join(', ') + (model.labels.length > 8 ? ', …' : '');
    element('model-about').textContent =
      model.task === 'detect' ? `Finds: ${names}.` : `Tells apart: ${names}.`;
  }
}
