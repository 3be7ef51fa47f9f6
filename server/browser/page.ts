/* The page at `/`: sends an image to the server as a job, follows it, and shows what has come of it. */
import { askForKey, authorisation } from './api/access.js';
import type { Scene } from './api/answers.js';
import { getJson, isGone } from './api/request.js';
import { submitScene } from './api/submit-scene.js';
import { element } from './dom/element.js';
import { JobClock } from './job-clock.js';
import { showUpload } from './job-progress.js';
import { clear, complain, say, show } from './sections.js';
import { ShownScene } from './shown-scene.js';
import { onFile } from './start/file-choice.js';
import { ModelChoice } from './start/model-choice.js';
import { showRecent } from './start/recent-list.js';
import { forget } from './start/recent-store.js';
import { clearStage, showPreview } from './viewer/stage.js';

const models = new ModelChoice();
const clock = new JobClock();
/** Only the latest scene is shown; what belongs to another ends when this aborts. */
let latest = new AbortController();
let shown: ShownScene | undefined;
/** Name of the file that is being sent. */
let sending: string | undefined;

/** Makes room for another scene, or for none. */
function begin(): AbortSignal {
  latest.abort();
  latest = new AbortController();
  shown?.close();
  shown = undefined;
  sending = undefined;
  clock.stop();
  clearStage();
  clear();
  return latest.signal;
}

/** What becomes of the work that is left when something else is shown. */
function whatIsLeft(): string {
  if (sending !== undefined) return `${sending} is not sent any further.`;
  return shown?.isUnderWay
    ? `The server goes on with ${shown.name}: it is in the list of recent scenes.`
    : '';
}

/** Shows a scene, and what goes wrong with it as long as it is the latest. */
async function open(signal: AbortSignal, get: () => Promise<Scene>, image?: File): Promise<void> {
  try {
    const scene = await get();
    signal.throwIfAborted();
    sending = undefined;
    if (!image && !scene.finished) clock.start(Date.parse(scene.created));
    shown = new ShownScene(scene, clock, signal);
    await shown.open(image);
  } catch (error) {
    if (signal.aborted) return;
    sending = undefined;
    clock.stop();
    showStart(signal);
    complain(error);
  }
}

function showStart(signal: AbortSignal): void {
  show({ start: true });
  showRecent(signal);
}

function send(file: File): Promise<void> {
  const signal = begin();
  sending = file.name;
  show({ job: true, scene: true });
  element('job-name').textContent = file.name;
  clock.start(Date.now());
  void showPreview(file, signal);
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
  const left = whatIsLeft();
  const signal = begin();
  const id = decodeURIComponent(location.hash.slice(1));
  document.title = 'Vision Longformer';
  say(left);
  if (!id) return showStart(signal);
  const get = () => getJson<Scene>(`/v1/scenes/${encodeURIComponent(id)}`, { signal });
  await open(signal, () =>
    get().catch((error: unknown) => {
      if (isGone(error)) forget(id);
      throw error;
    }),
  );
}

function again(): void {
  history.pushState(undefined, '', location.pathname);
  void openFromAddress();
  element('file').focus();
}

function onClick(id: string, act: () => void | Promise<void>): void {
  element(id).addEventListener('click', async () => {
    try {
      await act();
    } catch (error) {
      if (!latest.signal.aborted || error !== latest.signal.reason) complain(error);
    }
  });
}

onFile((file) => void send(file));
onClick('again', again);
onClick('cancel', () => (shown ? shown.cancel() : again()));
onClick('remove', async () => {
  await shown?.remove();
  again();
  say('Removed.');
});
onClick('give-key', async () => {
  await askForKey(authorisation());
  element('alert').textContent = '';
  await models.load();
  if (!shown && sending === undefined) await openFromAddress();
});
onClick('zoom-in', () => shown?.viewer.zoomBy(1.6));
onClick('zoom-out', () => shown?.viewer.zoomBy(1 / 1.6));
onClick('zoom-all', () => shown?.viewer.showAll());
onClick('compare', async () => {
  const button = element('compare');
  const isOn = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(isOn));
  await shown?.compare(isOn);
});
addEventListener('popstate', () => void openFromAddress());
addEventListener('beforeunload', (event) => {
  // A job on the server goes on; an upload would be lost.
  if (sending !== undefined) event.preventDefault();
});

models.load().catch(complain);
void openFromAddress();
