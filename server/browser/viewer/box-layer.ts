import type { Detections } from '../results/detections.js';
import { fitCanvas } from './canvas.js';
import { drawBoxes } from './draw-boxes.js';
import type { Placement } from './placement.js';

/** The boxes of objects over an image. */
export class BoxLayer {
  readonly canvas = document.createElement('canvas');
  detections: Detections | undefined;

  constructor() {
    this.canvas.className = 'over';
    this.canvas.setAttribute('aria-hidden', 'true');
  }

  /** Cheap enough for every frame. */
  draw(placement: Placement): void {
    const context = fitCanvas(this.canvas, placement.width, placement.height);
    if (this.detections) drawBoxes(context, this.detections, placement);
  }
}
