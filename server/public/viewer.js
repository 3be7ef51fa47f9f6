// The image at its full resolution, with what lies over it, and beside it what a model sees that shrinks images.

import { authorisation, imageUrl, request } from './api.js';
import { element } from './dom.js';

/* global OpenSeadragon */

/** Boxes narrower than this on the screen get no name, in pixels. */
const narrow = 46;

export class SceneViewer {
  #viewer;
  #canvas = document.createElement('canvas');
  #heat;
  #shrunk;
  #detections;
  /** Calls back with the object that a person clicks, or undefined. */
  onPick = () => undefined;

  constructor(job) {
    this.job = job;
  }

  /** Opens the image, once the server has cut it into tiles. */
  async open(signal) {
    const descriptor = await (await request(this.job.links.image, { signal })).text();
    signal.throwIfAborted();
    const xml = new DOMParser().parseFromString(descriptor, 'application/xml').documentElement;
    const { width, height } = this.job.image;
    const views = element('views');
    views.style.setProperty('--ratio', String(width / height));
    views.classList.toggle('wide', width > 2 * height);
    const headers = authorisation();
    keepStylesOut();
    this.#viewer = OpenSeadragon({
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
      tileSources: {
        Image: {
          xmlns: 'http://schemas.microsoft.com/deepzoom/2008',
          Url: `${this.job.links.image.replace(/\.dzi$/, '')}_files/`,
          Format: xml.getAttribute('Format'),
          Overlap: xml.getAttribute('Overlap'),
          TileSize: xml.getAttribute('TileSize'),
          Size: { Width: String(width), Height: String(height) },
        },
      },
    });
    this.#prepareCanvas();
    const opened = new Promise((resolve) => this.#viewer.addOnceHandler('open', resolve));
    for (const event of ['open', 'update-viewport', 'resize']) {
      this.#viewer.addHandler(event, () => this.draw());
    }
    this.#viewer.addHandler('canvas-click', ({ quick, position }) => {
      if (!quick || !this.#detections) return;
      const { x, y } = this.#viewer.viewport.viewerElementToImageCoordinates(position);
      this.onPick(this.#detections.at(x, y));
    });
    await opened;
    this.#viewer.canvas.setAttribute('role', 'application');
    this.#viewer.canvas.setAttribute(
      'aria-label',
      `${this.job.name} at full resolution. Arrow keys move, plus and minus zoom, 0 shows all of it.`,
    );
  }

  #prepareCanvas() {
    this.#canvas.className = 'over';
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#viewer.canvas.append(this.#canvas);
  }

  zoomBy(factor) {
    this.#viewer?.viewport.zoomBy(factor).applyConstraints();
  }

  showAll() {
    this.#viewer?.viewport.goHome();
  }

  /** Zooms to an object, with its surroundings. */
  goTo({ box }) {
    const { viewport } = this.#viewer;
    const side = Math.max(box.xmax - box.xmin, box.ymax - box.ymin, 24) * 5;
    const [x, y] = [(box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2];
    const area = viewport.imageToViewportRectangle(x - side / 2, y - side / 2, side, side);
    viewport.fitBoundsWithConstraints(area);
  }

  /** The objects to draw boxes around. */
  show(detections) {
    this.#detections = detections;
    this.draw();
  }

  /** Lays an image of the attention over the scene. */
  async showHeat(path, opacity) {
    if (!this.#heat && path) {
      this.#heat = document.createElement('img');
      this.#heat.src = await imageUrl(path);
      this.#heat.alt = '';
      this.#heat.className = 'heat';
      await this.#heat.decode();
      const { width, height } = this.job.image;
      const location = new OpenSeadragon.Rect(0, 0, 1, height / width);
      this.#viewer.addOverlay({ element: this.#heat, location });
    }
    if (this.#heat) this.#heat.style.opacity = String(opacity);
  }

  /** Whether the shrunken image is shown beside this one. */
  async compare(isShown) {
    if (isShown && !this.#shrunk) {
      this.#shrunk = new Image();
      this.#shrunk.src = await imageUrl(`${this.job.links.view}?size=224`);
      await this.#shrunk.decode();
    }
    element('shrunk').hidden = !isShown;
    this.#viewer.forceResize();
    this.draw();
  }

  /** Draws what lies over the image; cheap enough for every frame. */
  draw() {
    if (!this.#viewer?.world.getItemCount()) return;
    const place = this.#place();
    this.#drawBoxes(place);
    if (!element('shrunk').hidden) this.#drawShrunk(place);
  }

  /** Where on the element the image lies: its left top corner and the pixels of the screen for one of its own. */
  #place() {
    const { viewport } = this.#viewer;
    const corner = viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(0, 0));
    const other = viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(1000, 0));
    const { x: width, y: height } = viewport.getContainerSize();
    return { left: corner.x, top: corner.y, scale: (other.x - corner.x) / 1000, width, height };
  }

  #drawBoxes({ left, top, scale, width, height }) {
    const context = fitCanvas(this.#canvas, width, height);
    if (!this.#detections) return;
    const { shown, selected } = this.#detections;
    context.lineJoin = 'round';
    context.font = '600 12px system-ui, sans-serif';
    const strong = Math.min(2.5, Math.max(1.25, scale * 1.5));
    // The best on top.
    for (let at = shown.length - 1; at >= 0; at--) {
      const one = shown[at];
      const points = cornersOf(one).map((value, index) => value * scale + (index % 2 ? top : left));
      if (isOutside(points, width, height)) continue;
      this.#drawOne(context, one, points, one === selected ? strong + 2 : strong, one === selected);
    }
  }

  #drawOne(context, one, points, lineWidth, isSelected) {
    const colour = this.#detections.colourOf(one);
    context.beginPath();
    for (let at = 0; at < points.length; at += 2) context.lineTo(points[at], points[at + 1]);
    context.closePath();
    // A dark seam under the colour keeps it visible on any ground.
    context.strokeStyle = 'rgb(0 0 0 / 55%)';
    context.lineWidth = lineWidth + 1.5;
    context.stroke();
    context.strokeStyle = isSelected ? '#ffffff' : colour;
    context.lineWidth = lineWidth;
    context.stroke();
    const [x, y] = [
      Math.min(points[0], points[2], points[4], points[6]),
      Math.min(points[1], points[3], points[5], points[7]),
    ];
    const wide = Math.max(points[0], points[2], points[4], points[6]) - x;
    if (wide < narrow && !isSelected) return;
    const text = `${one.label} ${(100 * one.score).toFixed(0)} %`;
    const room = context.measureText(text).width + 8;
    if (room > wide + 30 && !isSelected) return;
    context.fillStyle = colour;
    context.fillRect(x - lineWidth / 2, y - 17, room, 17);
    context.fillStyle = '#000000';
    context.fillText(text, x + 4 - lineWidth / 2, y - 4.5);
  }

  #drawShrunk({ left, top, scale, width, height }) {
    const canvas = element('shrunk-view');
    const { clientWidth, clientHeight } = canvas.parentElement;
    const context = fitCanvas(canvas, clientWidth, clientHeight);
    context.imageSmoothingEnabled = false;
    const { width: across, height: down } = this.job.image;
    // The same place in the middle of both.
    const [dx, dy] = [(clientWidth - width) / 2, (clientHeight - height) / 2];
    context.drawImage(this.#shrunk, left + dx, top + dy, across * scale, down * scale);
  }

  close() {
    this.#viewer?.destroy();
    this.#viewer = undefined;
    element('viewer').replaceChildren();
    for (const image of [this.#heat, this.#shrunk]) if (image) URL.revokeObjectURL(image.src);
  }
}

/**
 * OpenSeadragon adds a style sheet of its own unless there is one with its mark. The page's policy allows none in the
 * document; scene.css has its rules.
 */
function keepStylesOut() {
  const mark = 'data-openseadragon-mobile-css';
  if (document.querySelector(`style[${mark}]`)) return;
  const stand = document.createElementNS(null, 'style');
  stand.setAttribute(mark, 'true');
  document.head.append(stand);
}

function cornersOf({ box: { xmin, ymin, xmax, ymax }, corners }) {
  return corners ?? [xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax];
}

function isOutside(points, width, height) {
  const xs = [points[0], points[2], points[4], points[6]];
  const ys = [points[1], points[3], points[5], points[7]];
  return Math.max(...xs) < 0 || Math.min(...xs) > width || Math.max(...ys) < 0 || Math.min(...ys) > height;
}

/** Clears a canvas of that size on the screen; coordinates are those of the screen. */
function fitCanvas(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    Object.assign(canvas, { width: across, height: down });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
