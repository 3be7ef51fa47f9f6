import OpenSeadragon from 'openseadragon';
import { authorisation } from '../api/access.js';
import type { Detection, Scene } from '../api/answers.js';
import { imageUrl } from '../api/files.js';
import { element } from '../dom/element.js';
import type { Detections } from '../results/detections.js';
import { BoxLayer } from './box-layer.js';
import { keepStylesOut } from './keep-styles-out.js';
import type { Placement } from './placement.js';
import { ShrunkenView } from './shrunken-view.js';
import { clearStage, noteOnStage, removePreview, shapeStage } from './stage.js';
import type { ZoomSource } from './zoom-source.js';
import { readZoomSource } from './zoom-source.js';

/** What a person does to look elsewhere. */
const moves = ['canvas-drag', 'canvas-scroll', 'canvas-pinch', 'canvas-key', 'canvas-double-click'] as const;

/** The image at its full resolution, with what lies over it, and beside it what a model sees that shrinks images. */
export class SceneViewer {
  readonly scene: Scene;
  readonly #boxes = new BoxLayer();
  #viewer: OpenSeadragon.Viewer | undefined;
  #heat: HTMLImageElement | undefined;
  #shrunken: Promise<ShrunkenView> | undefined;
  /** The shrunken image, once it is there. */
  #beside: ShrunkenView | undefined;
  /** Whether the whole image is shown, and should be whatever size the stage takes. */
  #isWhole = true;
  /** Whether the stage has got another size since it was drawn. */
  #isResized = false;
  /** Called with the object that a person clicks, or undefined. */
  onPick: (one: Detection | undefined) => void = () => undefined;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  /** Opens the image, once the server has cut it into tiles. */
  async open(signal: AbortSignal): Promise<void> {
    shapeStage(this.scene.image);
    const source = await readZoomSource(this.scene, signal);
    keepStylesOut();
    const viewer = OpenSeadragon(viewerOptions(source));
    this.#viewer = viewer;
    viewer.canvas.append(this.#boxes.canvas);
    const opened = new Promise((resolve) => viewer.addOnceHandler('open', resolve));
    viewer.addHandler('open', () => this.draw());
    viewer.addHandler('resize', () => {
      this.#isResized = true;
    });
    // OpenSeadragon sets a zoom of its own after its events of a resize: the next ones come before it draws, and after.
    for (const event of ['viewport-change', 'update-viewport'] as const) {
      viewer.addHandler(event, () => this.#refit());
    }
    for (const event of moves) viewer.addHandler(event, () => this.#leaveWhole());
    viewer.addHandler('canvas-click', ({ quick, position }) => {
      if (!quick || !this.#boxes.detections) return;
      const { x, y } = viewer.viewport.viewerElementToImageCoordinates(position);
      this.onPick(this.#boxes.detections.at(x, y));
    });
    await opened;
    this.#showTiles(viewer);
  }

  #showTiles(viewer: OpenSeadragon.Viewer): void {
    noteOnStage();
    element('views').classList.add('ready');
    viewer.forceResize();
    viewer.viewport.goHome(true);
    // The browser's own image stays below until the tiles cover it.
    viewer.world.getItemAt(0).addOnceHandler('fully-loaded-change', removePreview);
    viewer.canvas.setAttribute('role', 'application');
    viewer.canvas.setAttribute(
      'aria-label',
      `${this.scene.name} at full resolution. Arrow keys move, plus and minus zoom, 0 shows all of it.`,
    );
  }

  /** An image that was shown whole still is where the stage has another size. */
  #refit(): void {
    const isOutOfPlace = this.#isResized && this.#isWhole;
    this.#isResized = false;
    if (isOutOfPlace) this.#viewer?.viewport.goHome(true);
    this.draw();
  }

  #leaveWhole(): void {
    this.#isWhole = false;
    removePreview();
  }

  zoomBy(factor: number): void {
    this.#leaveWhole();
    this.#viewer?.viewport.zoomBy(factor).applyConstraints();
  }

  showAll(): void {
    this.#isWhole = true;
    this.#viewer?.viewport.goHome();
  }

  /** Zooms to an object, with its surroundings. */
  goTo({ box }: Detection): void {
    if (!this.#viewer) return;
    this.#leaveWhole();
    const { viewport } = this.#viewer;
    const side = Math.max(box.xmax - box.xmin, box.ymax - box.ymin, 24) * 5;
    const [x, y] = [(box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2];
    const area = viewport.imageToViewportRectangle(x - side / 2, y - side / 2, side, side);
    viewport.fitBoundsWithConstraints(area);
  }

  /** The objects to draw boxes around. */
  show(detections: Detections): void {
    this.#boxes.detections = detections;
    this.draw();
  }

  /** Lays an image of the attention over the scene; loads it where a path is given and it is not there yet. */
  async showHeat(path: string | undefined, opacity: number): Promise<void> {
    if (!this.#heat && path) this.#heat = await this.#addHeat(path);
    if (this.#heat) this.#heat.style.opacity = String(opacity);
  }

  async #addHeat(path: string): Promise<HTMLImageElement> {
    const heat = document.createElement('img');
    heat.src = await imageUrl(path);
    heat.alt = '';
    heat.className = 'heat';
    await heat.decode();
    const { width, height } = this.scene.image;
    const location = new OpenSeadragon.Rect(0, 0, 1, height / width);
    this.#viewer?.addOverlay({ element: heat, location });
    return heat;
  }

  /** Shows the shrunken image beside this one, or takes it away. */
  async compare(isShown: boolean): Promise<ShrunkenView | undefined> {
    if (isShown) {
      this.#shrunken ??= ShrunkenView.load(this.scene);
      this.#beside = await this.#shrunken;
    }
    element('shrunk').hidden = !isShown;
    this.#viewer?.forceResize();
    this.draw();
    return this.#beside;
  }

  /** Draws what lies over the image; cheap enough for every frame. */
  draw(): void {
    if (!this.#viewer?.world.getItemCount()) return;
    const placement = placementOf(this.#viewer);
    this.#boxes.draw(placement);
    if (!element('shrunk').hidden) this.#beside?.draw(placement);
  }

  close(): void {
    this.#viewer?.destroy();
    this.#viewer = undefined;
    clearStage();
    element('viewer').replaceChildren();
    if (this.#heat) URL.revokeObjectURL(this.#heat.src);
    this.#beside?.close();
  }
}

function viewerOptions(source: ZoomSource): OpenSeadragon.Options {
  const headers = authorisation();
  return {
    element: element('viewer'),
    drawer: 'canvas',
    showNavigationControl: false,
    visibilityRatio: 0.6,
    minZoomImageRatio: 0.8,
    maxZoomPixelRatio: 8,
    animationTime: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 0.5,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    loadTilesWithAjax: Object.keys(headers).length > 0,
    ajaxHeaders: headers,
    // Tiles that fail while the server is away come when it is back.
    tileRetryMax: 30,
    tileRetryDelay: 2000,
    tileSources: source,
  };
}

function placementOf({ viewport }: OpenSeadragon.Viewer): Placement {
  const corner = viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(0, 0));
  const other = viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(1000, 0));
  const { x: width, y: height } = viewport.getContainerSize();
  return { left: corner.x, top: corner.y, scale: (other.x - corner.x) / 1000, width, height };
}
