import type { Scene } from '../api/answers.js';
import { request } from '../api/request.js';
import { element } from '../dom/element.js';
import type { SceneViewer } from '../viewer/scene-viewer.js';

export interface HeatOptions {
  readonly scene: Scene;
  readonly viewer: SceneViewer;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Lays a classifier's attention over the scene, with a switch and a slider for its strength. */
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
    () => false,
  );
  element('heat-controls').hidden = !hasAttention;
  if (hasAttention) await update();
}
