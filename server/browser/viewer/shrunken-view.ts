import { imageUrl } from '../api/files.js';
import { element } from '../dom/element.js';
import { fitCanvas } from './canvas.js';
import type { Placement } from './placement.js';

/** The same place in the scene shrunk to a square, as a model of a fixed input sees it. */
export class ShrunkenView {
  readonly #size: { readonly width: number; readonly height: number };
  readonly #image = new Image();

  private constructor(size: ShrunkenView['size']) {
    this.#size = size;
  }

  /** @param size of the scene, in pixels */
  static async load(path: string, size: ShrunkenView['size']): Promise<ShrunkenView> {
    const view = new ShrunkenView(size);
    view.#image.src = await imageUrl(path);
    await view.#image.decode();
    return view;
  }

  get size() {
    return this.#size;
  }

  /** @param placement of the scene on the stage beside this one */
  draw({ left, top, scale, width, height }: Placement): void {
    const canvas = element('shrunk-view', HTMLCanvasElement);
    const { clientWidth, clientHeight } = canvas.parentElement!;
    const context = fitCanvas(canvas, clientWidth, clientHeight);
    context.imageSmoothingEnabled = false;
    // The same place in the middle of both.
    const [dx, dy] = [(clientWidth - width) / 2, (clientHeight - height) / 2];
    const { width: across, height: down } = this.#size;
    context.drawImage(this.#image, left + dx, top + dy, across * scale, down * scale);
  }

  close(): void {
    URL.revokeObjectURL(this.#image.src);
  }
}
