import { infernoTable } from '../../../src/image/colour-map.js';
import type { Scene } from '../api/answers.js';
import { isGone, request } from '../api/request.js';
import { element } from '../dom/element.js';
import type { SceneViewer } from '../viewer/scene-viewer.js';

export interface HeatOptions {
  readonly scene: Scene;
  readonly viewer: SceneViewer;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Lays a classifier's attention over the scene, with a legend, a switch and a slider for its strength. */
export async function showHeat({ scene, viewer, signal, onError }: HeatOptions): Promise<void> {
  const path = scene.links.attention!;
  const box = element('heat', HTMLInputElement);
  const slider = element('heat-opacity', HTMLInputElement);
  const update = () => {
    element('heat-value').textContent = `${slider.value} %`;
    const opacity = box.checked ? slider.valueAsNumber / 100 : 0;
    return viewer.showHeat(box.checked ? path : undefined, opacity).catch(onError);
  };
  box.onchange = update;
  slider.oninput = update;
  box.checked = true;
  const hasAttention = await request(path, { signal }).then(
    () => true,
    (error: unknown) => {
      if (isGone(error)) return false;
      throw error;
    },
  );
  element('heat-controls').hidden = !hasAttention;
  if (!hasAttention) return;
  drawLegend(element('heat-legend', HTMLCanvasElement));
  await update();
}

/** The colours of the map as they lie over the image: the stronger, the less transparent. */
function drawLegend(canvas: HTMLCanvasElement): void {
  const colours = infernoTable();
  Object.assign(canvas, { width: 256, height: 1 });
  const context = canvas.getContext('2d')!;
  const pixels = context.createImageData(256, 1);
  for (let level = 0; level < 256; level++) {
    pixels.data.set(colours.subarray(3 * level, 3 * level + 3), 4 * level);
    pixels.data[4 * level + 3] = Math.round((level * level) / 255);
  }
  context.putImageData(pixels, 0, 0);
}
