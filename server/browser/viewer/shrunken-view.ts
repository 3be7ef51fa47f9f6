import type { Scene } from '../api/answers.js';
import { request } from '../api/request.js';
import { element } from '../dom/element.js';
import type { Detections } from '../results/detections.js';
import { fitCanvas } from './canvas.js';
import { drawBoxes } from './draw-boxes.js';
import type { Placement } from './placement.js';

/** Side of the square that the scene is shrunk to, in pixels. */
export const shrunkenSide = 224;

/** The same place in the scene shrunk to a square, as a model of a fixed input sees it, and what is found in it. */
export class ShrunkenView {
  /** A PNG. */
  readonly bytes: Blob;
  /** What is found in it, in pixels of the scene. */
  detections: Detections | undefined;
  readonly #size: Scene['image'];
  readonly #image = new Image();

  private constructor(size: Scene['image'], bytes: Blob) {
    this.#size = size;
    this.bytes = bytes;
    this.#image.src = URL.createObjectURL(bytes);
  }

  static async load({ links, image }: Scene): Promise<ShrunkenView> {
    const bytes = await (await request(`${links.view}?size=${shrunkenSide}`)).blob();
    const view = new ShrunkenView(image, bytes);
    await view.#image.decode();
    return view;
  }

  /** @param placement of the scene on the stage beside this one */
  draw({ left, top, scale, width, height }: Placement): void {
    const canvas = element('shrunk-view', HTMLCanvasElement);
    const { clientWidth, clientHeight } = canvas.parentElement!;
    const context = fitCanvas(canvas, clientWidth, clientHeight);
    context.imageSmoothingEnabled = false;
    // The same place in the middle of both.
    const here = { left: left + (clientWidth - width) / 2, top: top + (clientHeight - height) / 2 };
    context.drawImage(this.#image, here.left, here.top, this.#size.width * scale, this.#size.height * scale);
    const placement = { ...here, scale, width: clientWidth, height: clientHeight };
    if (this.detections) drawBoxes(context, this.detections, placement);
  }

  close(): void {
    URL.revokeObjectURL(this.#image.src);
  }
}
