import type { Detection } from '../api/answers.js';
import type { Detections } from '../results/detections.js';
import type { Rectangle } from './label-layout.js';
import { labelHeight, placeLabels } from './label-layout.js';
import type { Placement } from './placement.js';

/** Boxes narrower than this on the screen get no name, in pixels. */
const narrow = 46;

/** x0, y0, … x3, y3 on the stage. */
type Corners = readonly number[];

/** A box on the stage. */
interface StagedBox {
  readonly one: Detection;
  readonly corners: Corners;
  readonly bounds: Rectangle;
  readonly isSelected: boolean;
}

/** Draws boxes around the objects that are shown, the best on top, and names where there is room. */
export function drawBoxes(
  context: CanvasRenderingContext2D,
  detections: Detections,
  placement: Placement,
): void {
  const boxes = stagedBoxes(detections, placement);
  context.lineJoin = 'round';
  const strong = Math.min(2.5, Math.max(1.25, placement.scale * 1.5));
  for (const box of boxes.toReversed()) {
    drawOutline(context, box, detections.colourOf(box.one), box.isSelected ? strong + 2 : strong);
  }
  drawLabels(context, detections, boxes, placement);
}

/** What can be seen of the objects, the selected one first, then the best. */
function stagedBoxes(
  { shown, selected }: Detections,
  { left, top, scale, width, height }: Placement,
): StagedBox[] {
  const boxes: StagedBox[] = [];
  for (const one of shown) {
    const corners = cornersOf(one).map((value, index) => value * scale + (index % 2 ? top : left));
    const bounds = boundsOf(corners);
    if (bounds.right < 0 || bounds.left > width || bounds.bottom < 0 || bounds.top > height) continue;
    boxes.push({ one, corners, bounds, isSelected: one === selected });
  }
  return boxes.sort((a, b) => Number(b.isSelected) - Number(a.isSelected));
}

function drawOutline(
  context: CanvasRenderingContext2D,
  { corners, isSelected }: StagedBox,
  colour: string,
  lineWidth: number,
): void {
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
}

function drawLabels(
  context: CanvasRenderingContext2D,
  detections: Detections,
  boxes: readonly StagedBox[],
  stage: Placement,
): void {
  context.font = '600 12px system-ui, sans-serif';
  const widths = new Map<string, number>();
  const wishes = boxes.flatMap(({ one, bounds, isSelected }) => {
    const wide = bounds.right - bounds.left;
    if (wide < narrow && !isSelected) return [];
    const text = `${one.label} ${(100 * one.score).toFixed(0)} %`;
    const width = widths.get(text) ?? context.measureText(text).width + 8;
    widths.set(text, width);
    if (width > wide + 30 && !isSelected) return [];
    return { box: bounds, width, isNeeded: isSelected, text, colour: detections.colourOf(one) };
  });
  for (const [index, place] of placeLabels(wishes, stage).entries()) {
    if (!place) continue;
    const { text, colour } = wishes[index]!;
    const width = place.right - place.left;
    context.fillStyle = colour;
    context.fillRect(place.left, place.top, width, labelHeight);
    context.fillStyle = '#000000';
    context.fillText(text, place.left + 4, place.bottom - 4.5, width - 8);
  }
}

function cornersOf({ box: { xmin, ymin, xmax, ymax }, corners }: Detection): Corners {
  return corners ?? [xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax];
}

function boundsOf(corners: Corners): Rectangle {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = corners as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    left: Math.min(x0, x1, x2, x3),
    top: Math.min(y0, y1, y2, y3),
    right: Math.max(x0, x1, x2, x3),
    bottom: Math.max(y0, y1, y2, y3),
  };
}
