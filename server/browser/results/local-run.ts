/* "Run in this browser": the same model on this machine's own GPU, where the browser has WebGPU. */
import { authorisation } from '../api/access.js';
import type { ClassificationResult, Scene } from '../api/answers.js';
import { element } from '../dom/element.js';
import { formatPercent, formatSeconds } from '../dom/format.js';
import { make } from '../dom/make.js';
import type * as Inference from '../inference.js';

/** Loaded when it is first asked for: with the tensor library it is a megabyte and a half. */
const bundle = './browser/inference.js';
let loading: Promise<typeof Inference> | undefined;

function loadInference(): Promise<typeof Inference> {
  loading ??= import(bundle) as Promise<typeof Inference>;
  return loading;
}

/** Whether this browser can, and the server has built what it needs. */
async function isPossible(): Promise<boolean> {
  if (!navigator.gpu || !(await navigator.gpu.requestAdapter())) return false;
  const { ok } = await fetch(bundle, { method: 'HEAD' });
  return ok;
}

export interface LocalRunOptions {
  readonly scene: Scene;
  /** The server's. */
  readonly answer: ClassificationResult;
  /** Aborts when another scene is shown. */
  readonly signal: AbortSignal;
  /** The image; absent where it was not chosen on this page. */
  readonly image: File | undefined;
}

/** Offers to run a classifier here on the image that the server has classified. */
export async function offerLocalRun({ scene, answer, signal, image }: LocalRunOptions): Promise<void> {
  if (!image) return;
  const possible = await isPossible().catch(() => false);
  if (signal.aborted || !possible) return;
  element('local').hidden = false;
  element('local-table').hidden = true;
  tell('On this machine’s GPU, with the same weights. Nothing is sent.');
  const button = element('run-local', HTMLButtonElement);
  button.disabled = false;
  button.onclick = async () => {
    button.disabled = true;
    try {
      const { classifyHere } = await loadInference();
      const headers = authorisation();
      const local = await classifyHere({ model: scene.model, file: image, headers, onState: tell });
      if (!signal.aborted) compare(answer, local);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    } finally {
      button.disabled = false;
    }
  };
}

function tell(text: string): void {
  element('local-state').textContent = text;
}

function compare(answer: ClassificationResult, local: Inference.LocalAnswer): void {
  const scores = new Map(local.predictions.map(({ label, score }) => [label, score]));
  const here = (label: string) => scores.get(label) ?? 0;
  const largest = Math.max(...answer.predictions.map(({ label, score }) => Math.abs(score - here(label))));
  const [ours, theirs] = [local.predictions[0]!.label, answer.predictions[0]!.label];
  tell(
    ours === theirs
      ? `Both say ${ours}; scores differ by at most ${(100 * largest).toFixed(2)} percentage points.`
      : `The server says ${theirs}, this browser ${ours}.`,
  );
  const rows = answer.predictions
    .slice(0, 3)
    .map(({ label, score }) => [label, formatPercent(score, 1), formatPercent(here(label), 1)]);
  const times = ['time', formatSeconds(answer.timings.total), formatSeconds(local.seconds)];
  const table = element('local-table', HTMLTableElement);
  table.tBodies[0]!.replaceChildren(...[...rows, times].map(([name, ...values]) => makeRow(name!, values)));
  table.hidden = false;
}

function makeRow(name: string, values: readonly string[]): HTMLTableRowElement {
  const cells = values.map((value) => make('td', {}, value));
  return make('tr', {}, make('th', { scope: 'row' }, name), ...cells);
}
