import type { Detection } from '../api/answers.js';
import type { Detections } from '../results/detections.js';
import { fitCanvas } from './canvas.js';
import type { Placement } from './placement.js';

/** Boxes narrower than this on the screen get no name, in pixels. */
const narrow = 46;

/** x0, y0, … x3, y3 on the stage. */
type Corners = readonly number[];

/** A box on the stage with what is to be seen of it. */
interface DrawnBox {
  readonly one: Detection;
  readonly corners: Corners;
  readonly isSelected: boolean;
  readonly lineWidth: number;
}

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
    const { left, top, scale, width, height } = placement;
    const context = fitCanvas(this.canvas, width, height);
    if (!this.detections) return;
    const { shown, selected } = this.detections;
    context.lineJoin = 'round';
    context.font = '600 12px system-ui, sans-serif';
    const strong = Math.min(2.5, Math.max(1.25, scale * 1.5));
    // The best on top.
    for (let at = shown.length - 1; at >= 0; at--) {
      const one = shown[at]!;
      const corners = cornersOf(one).map((value, index) => value * scale + (index % 2 ? top : left));
      if (isOutside(corners, placement)) continue;
      const isSelected = one === selected;
      this.#drawBox(context, { one, corners, isSelected, lineWidth: isSelected ? strong + 2 : strong });
    }
  }

  #drawBox(context: CanvasRenderingContext2D, drawn: DrawnBox): void {
    const { one, corners, isSelected, lineWidth } = drawn;
    const colour = this.detections!.colourOf(one);
    context.beginPath();
    for (let at = 0; at < corners.length; at += 2) context.lineTo(corners[at]!, corners[at + 1]!);
    context.closePath();
    // A dark seam under the colour keeps it visible on any ground.
    context.strokeStyle = 'rgb(0 0 0 / 55%)';
    context.lineWidth = lineWidth + 1.5;
    context.stroke();
    context.strokeStyle = isSelected ? '#ffffff' : colour;
    context.lineWidth = lineWidth;
    context.stroke();
    drawLabel(context, drawn, colour);
  }
}

function drawLabel(
  context: CanvasRenderingContext2D,
  { one, corners, isSelected, lineWidth }: DrawnBox,
  colour: string,
): void {
  const { left, top, right } = boundsOf(corners);
  const wide = right - left;
  if (wide < narrow && !isSelected) return;
  const text = `${one.label} ${(100 * one.score).toFixed(0)} %`;
  const room = context.measureText(text).width + 8;
  if (room > wide + 30 && !isSelected) return;
  context.fillStyle = colour;
  context.fillRect(left - lineWidth / 2, top - 17, room, 17);
  context.fillStyle = '#000000';
  context.fillText(text, left + 4 - lineWidth / 2, top - 4.5);
}

function cornersOf({ box: { xmin, ymin, xmax, ymax }, corners }: Detection): Corners {
  return corners ?? [xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax];
}

function boundsOf(corners: Corners) {
  const xs = corners.filter((_, index) => index % 2 === 0);
  const ys = corners.filter((_, index) => index % 2 === 1);
  return {
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
}

function isOutside(corners: Corners, { width, height }: Placement): boolean {
  const { left, top, right, bottom } = boundsOf(corners);
  return right < 0 || left > width || bottom < 0 || top > height;
}
