import type { ClassificationResult, DetectionResult, Scene } from './api/answers.js';
import { followScene } from './api/follow-scene.js';
import { Problem } from './api/problem.js';
import { getJson, request } from './api/request.js';
import { element } from './dom/element.js';
import type { JobClock } from './job-clock.js';
import { showWork } from './job-progress.js';
import { askAboutShrunken, describeComparison, type ShrunkenAnswer } from './results/comparison.js';
import { DetectionPanel } from './results/detection-panel.js';
import { Detections } from './results/detections.js';
import { showDownloads } from './results/downloads.js';
import { showFacts } from './results/facts.js';
import { showHeat } from './results/heat-controls.js';
import { showLabels } from './results/labels.js';
import { offerLocalRun } from './results/local-run.js';
import { complain, say, show } from './sections.js';
import { forget, remember } from './start/recent-store.js';
import { SceneViewer } from './viewer/scene-viewer.js';

/** The scene on the page: its job, its image and its result. */
export class ShownScene {
  readonly viewer: SceneViewer;
  readonly #scene: Scene;
  /** Aborts when another scene is shown. */
  readonly #signal: AbortSignal;
  readonly #clock: JobClock;
  #hasEnded: boolean;
  #result: Detections | ClassificationResult | undefined;
  #shrunken: ShrunkenAnswer | undefined;

  constructor(scene: Scene, clock: JobClock, signal: AbortSignal) {
    this.#scene = scene;
    this.#clock = clock;
    this.#signal = signal;
    this.#hasEnded = scene.finished !== undefined;
    this.viewer = new SceneViewer(scene);
  }

  get name(): string {
    return this.#scene.name;
  }

  /** Whether the server still works on it. */
  get isUnderWay(): boolean {
    return !this.#hasEnded;
  }

  /**
   * Shows it, from whatever state it is in to its end.
   * @param image where it was chosen on this page: a run in the browser needs it
   * @throws Problem when it fails
   */
  async open(image: File | undefined): Promise<void> {
    const scene = this.#scene;
    remember(scene);
    document.title = `${scene.name} · Vision Longformer`;
    element('job-name').textContent = scene.name;
    element('title').textContent = scene.name;
    show({ job: !scene.finished, scene: true });
    const opened = this.viewer.open(this.#signal);
    opened.catch(() => undefined);
    const end = scene.finished ? scene : await this.#follow();
    this.#hasEnded = true;
    this.#clock.stop();
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
    this.#result = answer;
    this.#describeComparison();
    await showHeat({ scene, viewer: this.viewer, signal, onError: complain });
    void offerLocalRun({ scene, answer, signal, image });
  }

  #showObjects(answer: DetectionResult): void {
    const { viewer } = this;
    const detections = new Detections(answer);
    this.#result = detections;
    const panel = new DetectionPanel(detections, {
      onChange: () => {
        this.#describeComparison();
        viewer.show(detections);
      },
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

  /** Shows beside it what the model sees and answers where the image is shrunk, or takes that away. */
  async compare(isShown: boolean): Promise<void> {
    const view = await this.viewer.compare(isShown);
    if (!isShown || !view || this.#shrunken) return;
    element('shrunk-answer').textContent = `${this.#scene.model} looks at it …`;
    const labels = this.#result instanceof Detections ? this.#result.classes.map(({ name }) => name) : [];
    try {
      this.#shrunken = await askAboutShrunken(this.#scene, view.bytes, labels, this.#signal);
    } catch (error) {
      if (this.#signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      element('shrunk-answer').textContent = `${this.#scene.model} could not be asked: ${why}`;
      return;
    }
    if (this.#shrunken.task === 'detect') view.detections = this.#shrunken.detections;
    this.#describeComparison();
    this.viewer.draw();
  }

  /** What is left out of the full resolution is left out of the comparison. */
  #describeComparison(): void {
    if (!this.#shrunken) return;
    if (this.#shrunken.task === 'detect' && this.#result instanceof Detections) {
      this.#shrunken.detections.showLike(this.#result);
    }
    describeComparison(this.#shrunken, this.#result);
  }

  async cancel(): Promise<void> {
    await request(`${this.#scene.links.self}/cancel`, { method: 'POST', signal: this.#signal });
  }

  /** Removes it from the server. */
  async remove(): Promise<void> {
    await request(this.#scene.links.self, { method: 'DELETE', signal: this.#signal });
    forget(this.#scene.id);
  }

  close(): void {
    this.#clock.stop();
    this.viewer.close();
  }
}
