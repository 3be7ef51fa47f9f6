import type { ClassificationResult, DetectionResult, Scene } from './api/answers.js';
import { followScene } from './api/follow-scene.js';
import { Problem } from './api/problem.js';
import { getJson, request } from './api/request.js';
import { element } from './dom/element.js';
import { showWork } from './job-progress.js';
import { DetectionPanel } from './results/detection-panel.js';
import { Detections } from './results/detections.js';
import { showDownloads } from './results/downloads.js';
import { showFacts } from './results/facts.js';
import { showHeat } from './results/heat-controls.js';
import { showLabels } from './results/labels.js';
import { offerLocalRun } from './results/local-run.js';
import { complain, say, show } from './sections.js';
import { SceneViewer } from './viewer/scene-viewer.js';

/** The scene on the page: its job, its image and its result. */
export class ShownScene {
  readonly viewer: SceneViewer;
  readonly #scene: Scene;
  /** Aborts when another scene is shown. */
  readonly #signal: AbortSignal;

  constructor(scene: Scene, signal: AbortSignal) {
    this.#scene = scene;
    this.#signal = signal;
    this.viewer = new SceneViewer(scene);
  }

  get id(): string {
    return this.#scene.id;
  }

  /**
   * Shows it, from whatever state it is in to its end.
   * @param image where it was chosen on this page: a run in the browser needs it
   * @throws Problem when it fails
   */
  async open(image: File | undefined): Promise<void> {
    const scene = this.#scene;
    document.title = `${scene.name} · Vision Longformer`;
    element('job-name').textContent = scene.name;
    element('title').textContent = scene.name;
    show({ job: !scene.finished, scene: true });
    const opened = this.viewer.open(this.#signal);
    opened.catch(() => undefined);
    const end = scene.finished ? scene : await this.#follow();
    element('job').hidden = true;
    if (end.status !== 'done') {
      show({ start: true });
      if (end.status === 'failed') throw new Problem(end.error!);
      return say('Cancelled.');
    }
    await this.#showResult(end, opened, image);
    say('Done.');
  }

  #follow(): Promise<Scene> {
    say(`${this.#scene.model} is at work.`);
    showWork(this.#scene);
    return followScene(this.#scene, { onProgress: showWork, signal: this.#signal });
  }

  async #showResult(scene: Scene, opened: Promise<void>, image: File | undefined): Promise<void> {
    const signal = this.#signal;
    const answer = await getJson<DetectionResult | ClassificationResult>(scene.links.result, { signal });
    await opened;
    showFacts(scene, answer);
    showDownloads(scene, complain);
    element('remove').hidden = false;
    if (scene.task === 'detect') return this.#showObjects(answer as DetectionResult);
    showLabels(answer);
    await showHeat({ scene, viewer: this.viewer, signal, onError: complain });
    void offerLocalRun({ scene, answer, signal, image });
  }

  #showObjects(answer: DetectionResult): void {
    const { viewer } = this;
    const detections = new Detections(answer);
    const panel = new DetectionPanel(detections, {
      onChange: () => viewer.show(detections),
      onSelect: (one) => {
        viewer.onPick(one);
        viewer.goTo(one);
      },
    });
    viewer.onPick = (one) => {
      detections.selected = one;
      panel.markSelected();
      viewer.draw();
    };
  }

  async cancel(): Promise<void> {
    await request(`${this.#scene.links.self}/cancel`, { method: 'POST' });
  }

  /** Removes it from the server. */
  async remove(): Promise<void> {
    await request(this.#scene.links.self, { method: 'DELETE' });
  }

  close(): void {
    this.viewer.close();
  }
}
