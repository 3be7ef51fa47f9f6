/* The page at `/`: sends an image to the server as a job, follows it, and shows what has come of it. */
import type { Scene } from './api/answers.js';
import { getJson } from './api/request.js';
import { submitScene } from './api/submit-scene.js';
import { element } from './dom/element.js';
import { showUpload } from './job-progress.js';
import { clear, complain, say, show } from './sections.js';
import { ShownScene } from './shown-scene.js';
import { onFile } from './start/file-choice.js';
import { ModelChoice } from './start/model-choice.js';

const models = new ModelChoice();
/** Only the latest scene is shown; what belongs to another ends when this aborts. */
let latest = new AbortController();
let shown: ShownScene | undefined;

/** Makes room for another scene, or for none. */
function begin(): AbortSignal {
  latest.abort();
  latest = new AbortController();
  shown?.close();
  shown = undefined;
  clear();
  return latest.signal;
}

/** Shows a scene, and what goes wrong with it as long as it is the latest. */
async function open(signal: AbortSignal, get: () => Promise<Scene>, image?: File): Promise<void> {
  try {
    const scene = await get();
    signal.throwIfAborted();
    shown = new ShownScene(scene, signal);
    await shown.open(image);
  } catch (error) {
    if (signal.aborted) return;
    show({ start: true });
    complain(error);
  }
}

function send(file: File): Promise<void> {
  const signal = begin();
  show({ job: true });
  element('job-name').textContent = file.name;
  const submit = async () => {
    // Who would give no key before may do so now.
    await models.load();
    showUpload(0, file.size);
    const scene = await submitScene(file, { model: models.chosen, onProgress: showUpload, signal });
    history.pushState(undefined, '', `#${scene.id}`);
    return scene;
  };
  return open(signal, submit, file);
}

async function openFromAddress(): Promise<void> {
  const signal = begin();
  const id = location.hash.slice(1);
  document.title = 'Vision Longformer';
  say('');
  if (id) await open(signal, () => getJson<Scene>(`/v1/scenes/${encodeURIComponent(id)}`, { signal }));
  else show({ start: true });
}

function again(): void {
  history.pushState(undefined, '', location.pathname);
  void openFromAddress();
  element('file').focus();
}

function onClick(id: string, act: () => void | Promise<void>): void {
  element(id).addEventListener('click', () => void Promise.resolve(act()).catch(complain));
}

onFile((file) => void send(file));
onClick('again', again);
onClick('cancel', () => (shown ? shown.cancel() : again()));
onClick('remove', async () => {
  await shown?.remove();
  again();
  say('Removed.');
});
onClick('zoom-in', () => shown?.viewer.zoomBy(1.6));
onClick('zoom-out', () => shown?.viewer.zoomBy(1 / 1.6));
onClick('zoom-all', () => shown?.viewer.showAll());
onClick('compare', async () => {
  const button = element('compare');
  const isOn = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(isOn));
  await shown?.viewer.compare(isOn);
});
addEventListener('popstate', () => void openFromAddress());

models.load().catch(complain);
void openFromAddress();
