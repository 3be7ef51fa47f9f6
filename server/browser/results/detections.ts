import type { Detection, DetectionResult } from '../api/answers.js';

/** Colours of classes, told apart also by people who see red and green alike (Okabe and Ito, 2008). */
const colours = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7'] as const;

/** A class of objects, and what of it is shown. */
export interface ObjectClass {
  readonly name: string;
  readonly colour: string;
  isShown: boolean;
  /** Objects that score high enough. */
  count: number;
}

/** What a detector found in a scene, and which of it is shown. */
export class Detections {
  /** Best first, as the server sorts. */
  readonly all: readonly Detection[];
  readonly classes: readonly ObjectClass[];
  /** Lowest score of all; 0 where there are none. */
  readonly lowest: number;
  readonly #byName: ReadonlyMap<string, ObjectClass>;
  /** Objects with a lower score are left out. */
  threshold = 0;
  shown: readonly Detection[] = [];
  selected: Detection | undefined;

  constructor({ predictions, labels }: DetectionResult) {
    this.all = predictions;
    this.classes = labels.map((name, index) => ({
      name,
      colour: colours[index % colours.length]!,
      isShown: true,
      count: 0,
    }));
    this.#byName = new Map(this.classes.map((one) => [one.name, one]));
    this.lowest = predictions.reduce(
      (least, { score }) => Math.min(least, score),
      predictions[0]?.score ?? 0,
    );
    this.filter();
  }

  /** Works out again what is shown. */
  filter(): void {
    const scored = this.all.filter(({ score }) => score >= this.threshold);
    for (const one of this.classes) one.count = 0;
    for (const { label } of scored) {
      const its = this.#byName.get(label);
      if (its) its.count++;
    }
    this.shown = scored.filter(({ label }) => this.#byName.get(label)?.isShown);
    if (this.selected && !this.shown.includes(this.selected)) this.selected = undefined;
  }

  /** Leaves out what another list of the same classes leaves out. */
  showLike({ threshold, classes }: Detections): void {
    this.threshold = threshold;
    for (const { name, isShown } of classes) {
      const its = this.#byName.get(name);
      if (its) its.isShown = isShown;
    }
    this.filter();
  }

  colourOf({ label }: Detection): string {
    return this.#byName.get(label)?.colour ?? colours[0];
  }

  /** The smallest of the shown objects around a point of the image. */
  at(x: number, y: number): Detection | undefined {
    const area = ({ box }: Detection) => (box.xmax - box.xmin) * (box.ymax - box.ymin);
    const hit = this.shown.filter(
      ({ box }) => x >= box.xmin && x <= box.xmax && y >= box.ymin && y <= box.ymax,
    );
    return hit.sort((a, b) => area(a) - area(b))[0];
  }
}
