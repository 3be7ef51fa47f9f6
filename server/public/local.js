// "Run in this browser": the same model on this machine's own GPU, where the browser has WebGPU.

import { authorisation } from './api.js';
import { element, formatPercent, formatSeconds, make } from './dom.js';

/** Loaded when it is first asked for: with the tensor library it is a megabyte and a half. */
let module;

async function loadModule() {
  module ??= import('./browser/inference.js');
  return module;
}

/** Whether this browser can, and the server has built what it needs. */
async function isPossible() {
  if (!navigator.gpu || !(await navigator.gpu.requestAdapter())) return false;
  const { ok } = await fetch('browser/inference.js', { method: 'HEAD' });
  return ok;
}

/**
 * Offers to run a classifier here on the image that the server has classified.
 * @param image the file; absent where it was not chosen on this page
 */
export async function offerLocalRun({ job, answer, signal, image }) {
  if (!image) return;
  const possible = await isPossible().catch(() => false);
  if (signal.aborted || !possible) return;
  element('local').hidden = false;
  element('local-table').hidden = true;
  element('local-state').textContent = 'On this machine’s GPU, with the same weights. Nothing is sent.';
  const button = element('run-local');
  button.disabled = false;
  button.onclick = async () => {
    button.disabled = true;
    const tell = (text) => {
      element('local-state').textContent = text;
    };
    try {
      const { classifyHere } = await loadModule();
      const local = await classifyHere({
        model: job.model,
        file: image,
        headers: authorisation(),
        onState: tell,
      });
      if (!signal.aborted) compare(answer, local);
    } catch (error) {
      tell(error.message);
    } finally {
      button.disabled = false;
    }
  };
}

function compare(answer, local) {
  const scores = new Map(local.predictions.map(({ label, score }) => [label, score]));
  const rows = answer.predictions.slice(0, 3).map(({ label, score }) => [label, score, scores.get(label)]);
  const largest = Math.max(
    ...answer.predictions.map(({ label, score }) => Math.abs(score - scores.get(label))),
  );
  const agrees = answer.predictions[0].label === local.predictions[0].label;
  element('local-state').textContent = agrees
    ? `Both say ${local.predictions[0].label}; scores differ by at most ${(100 * largest).toFixed(2)} percentage points.`
    : `The server says ${answer.predictions[0].label}, this browser ${local.predictions[0].label}.`;
  const cells = ([name, ...values]) =>
    make('tr', {}, make('th', { scope: 'row' }, name), ...values.map((value) => make('td', {}, value)));
  element('local-table').tBodies[0].replaceChildren(
    ...rows.map(([label, here, there]) => cells([label, formatPercent(here, 1), formatPercent(there, 1)])),
    cells(['time', formatSeconds(answer.timings.total), formatSeconds(local.seconds)]),
  );
  element('local-table').hidden = false;
}
