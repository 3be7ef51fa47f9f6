// What a detector found in a scene, and which of it is shown.

/** Colours of classes, told apart also by people who see red and green alike (Okabe and Ito, 2008). */
const colours = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7'];

export class Detections {
  /** @param answer a result as JSON: predictions with label, score, box and, of turned boxes, corners */
  constructor({ predictions, labels }) {
    this.all = predictions.map((prediction, index) => ({ ...prediction, index }));
    this.classes = labels.map((name, index) => ({
      name,
      colour: colours[index % colours.length],
      isShown: true,
      total: this.all.filter(({ label }) => label === name).length,
    }));
    this.byName = new Map(this.classes.map((one) => [one.name, one]));
    this.lowest = this.all.reduce((least, { score }) => Math.min(least, score), 1);
    this.threshold = 0;
    this.selected = undefined;
    this.filter();
  }

  /** Works out again what is shown: best score first, as the server sorts. */
  filter() {
    const isScored = ({ score }) => score >= this.threshold;
    const scored = this.all.filter(isScored);
    for (const one of this.classes) one.count = scored.filter(({ label }) => label === one.name).length;
    this.shown = scored.filter(({ label }) => this.byName.get(label)?.isShown);
    if (this.selected && !this.shown.includes(this.selected)) this.selected = undefined;
  }

  colourOf({ label }) {
    return this.byName.get(label)?.colour ?? colours[0];
  }

  /** The smallest of the shown objects around a point of the image. */
  at(x, y) {
    const area = ({ box }) => (box.xmax - box.xmin) * (box.ymax - box.ymin);
    const hit = this.shown.filter(
      ({ box }) => x >= box.xmin && x <= box.xmax && y >= box.ymin && y <= box.ymax,
    );
    return hit.sort((a, b) => area(a) - area(b))[0];
  }
}
