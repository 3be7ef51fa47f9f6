// The page at `/`: sends an image to the server as a job, follows it, and shows what has come of it.

import { follow, getJson, Problem, request, submit } from './api.js';
import { Detections } from './detections.js';
import { element, formatBytes, formatCount, make, plural } from './dom.js';
import { offerLocalRun } from './local.js';
import { markSelected, showDetections, showDownloads, showFacts, showLabels } from './panel.js';
import { SceneViewer } from './viewer.js';

/** Only the latest scene is shown; what belongs to another ends when this aborts. */
let latest = new AbortController();
let viewer;
/** The image itself, where it was chosen on this page: a run in the browser needs it. */
let chosen;
let models = [];

function say(text) {
  element('status').textContent = text;
}

function complain(error) {
  if (error?.name === 'AbortError' || error === latest.signal.reason) return;
  element('alert').textContent = error.message;
  say('');
}

/** Shows one part of the page: `start`, or a scene under way or done. */
function show({ start = false, job = false, scene = false }) {
  element('start').hidden = !start;
  element('job').hidden = !job;
  element('scene').hidden = !scene;
  element('again').hidden = start;
  document.body.classList.toggle('working', scene);
}

function begin() {
  latest.abort();
  latest = new AbortController();
  viewer?.close();
  viewer = undefined;
  element('alert').textContent = '';
  for (const id of ['classes', 'answers', 'shrunk', 'local']) element(id).hidden = true;
  for (const id of ['facts', 'downloads', 'list', 'labels']) element(id).replaceChildren();
  for (const id of ['summary', 'title', 'download-note']) element(id).textContent = '';
  element('compare').setAttribute('aria-pressed', 'false');
  element('remove').hidden = true;
  return latest.signal;
}

async function send(file) {
  const signal = begin();
  chosen = file;
  show({ job: true });
  element('job-name').textContent = file.name;
  try {
    // Who would give no key before may do so now.
    if (models.length === 0) await loadModels();
    const onProgress = (loaded, total) => {
      showProgress(`${formatBytes(loaded)} of ${formatBytes(total)} sent`, loaded / total);
    };
    onProgress(0, file.size);
    const job = await submit(
      file,
      { model: element('model').value, name: file.name },
      { onProgress, signal },
    );
    history.pushState(undefined, '', `#${job.id}`);
    await open(job, signal);
  } catch (error) {
    if (signal.aborted) return;
    show({ start: true });
    complain(error);
  }
}

function showProgress(text, share) {
  element('job-state').textContent = text;
  const bar = element('job-bar');
  if (share === undefined) bar.removeAttribute('value');
  else bar.value = share;
}

/** Shows a job, from whatever state it is in to its end. */
async function open(job, signal) {
  document.title = `${job.name} · Vision Longformer`;
  element('job-name').textContent = job.name;
  element('title').textContent = job.name;
  show({ job: !job.finished, scene: true });
  viewer = new SceneViewer(job);
  const opened = viewer.open(signal);
  opened.catch(() => undefined);
  const end = job.finished ? job : await followToEnd(job, signal);
  element('job').hidden = true;
  if (end.status !== 'done') {
    show({ start: true });
    if (end.status === 'failed') throw new Problem(end.error);
    return say('Cancelled.');
  }
  const answer = await getJson(end.links.result, { signal });
  await opened;
  showFacts(end, answer);
  showDownloads(end, complain);
  element('remove').hidden = false;
  if (end.task === 'detect') showObjects(answer);
  else await showAnswers(end, answer, signal);
  say('Done.');
}

async function followToEnd(job, signal) {
  say(`${job.model} is at work.`);
  const onProgress = ({ status, ahead, progress: { done, total } }) => {
    if (status === 'queued') showProgress(ahead > 0 ? `waits for ${plural(ahead, 'other scene')}` : 'begins');
    else if (total === 0) showProgress('begins');
    else
      showProgress(`${formatCount(done)} of ${plural(total, 'tile')}`, total > 1 ? done / total : undefined);
  };
  onProgress(job);
  return follow(job, { onProgress, signal });
}

function showObjects(answer) {
  const detections = new Detections(answer);
  const select = (one) => {
    detections.selected = one;
    markSelected(detections);
    viewer.draw();
  };
  viewer.onPick = select;
  showDetections(detections, {
    onChange: () => viewer.show(detections),
    onSelect: (one) => {
      select(one);
      viewer.goTo(one);
    },
  });
}

async function showAnswers(job, answer, signal) {
  showLabels(answer);
  const [box, slider] = [element('heat'), element('heat-opacity')];
  const update = async () => {
    element('heat-value').textContent = `${slider.value} %`;
    const opacity = box.checked ? slider.value / 100 : 0;
    await viewer.showHeat(box.checked ? job.links.attention : undefined, opacity).catch(complain);
  };
  box.onchange = update;
  slider.oninput = update;
  box.checked = true;
  const hasAttention = await request(job.links.attention, { signal }).then(
    () => true,
    () => false,
  );
  element('heat-controls').hidden = !hasAttention;
  if (hasAttention) await update();
  offerLocalRun({ job, answer, signal, image: chosen });
}

async function openFromAddress() {
  const signal = begin();
  const id = location.hash.slice(1);
  document.title = 'Vision Longformer';
  say('');
  if (!id) return show({ start: true });
  chosen = undefined;
  try {
    await open(await getJson(`/v1/scenes/${encodeURIComponent(id)}`, { signal }), signal);
  } catch (error) {
    if (signal.aborted) return;
    show({ start: true });
    complain(error);
  }
}

async function loadModels() {
  for (;;) {
    ({ models } = await getJson('/v1/models'));
    if (models.length > 0) break;
    element('model-about').textContent = 'The server is loading its models …';
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const group = (label, task) => {
    const options = models
      .filter((model) => model.task === task)
      .map(({ name }) => make('option', { value: name }, name));
    return options.length > 0 ? make('optgroup', { label }, ...options) : undefined;
  };
  const select = element('model');
  const groups = [group('Find objects', 'detect'), group('Classify', 'classify')];
  select.replaceChildren(...groups.filter((one) => one !== undefined));
  select.onchange = describeModel;
  describeModel();
}

function describeModel() {
  const model = models.find(({ name }) => name === element('model').value);
  if (!model) return;
  const names = model.labels.slice(0, 8).join(', ') + (model.labels.length > 8 ? ', …' : '');
  element('model-about').textContent =
    model.task === 'detect' ? `Finds: ${names}.` : `Tells apart: ${names}.`;
}

function again() {
  history.pushState(undefined, '', location.pathname);
  openFromAddress();
  element('file').focus();
}

element('again').addEventListener('click', again);
element('file').addEventListener('change', ({ target }) => {
  if (target.files[0]) send(target.files[0]);
  // Choosing the same file again should send it again.
  target.value = '';
});
element('example').addEventListener('click', async () => {
  const bytes = await (await fetch('/example.jpg')).blob();
  send(new File([bytes], 'munich-avenue.jpg', { type: bytes.type }));
});
element('cancel').addEventListener('click', async () => {
  const id = location.hash.slice(1);
  if (element('scene').hidden || !id) return again();
  await request(`/v1/scenes/${id}/cancel`, { method: 'POST' }).catch(complain);
});
element('remove').addEventListener('click', async () => {
  try {
    await request(`/v1/scenes/${viewer.job.id}`, { method: 'DELETE' });
    again();
    say('Removed.');
  } catch (error) {
    complain(error);
  }
});
element('zoom-in').addEventListener('click', () => viewer?.zoomBy(1.6));
element('zoom-out').addEventListener('click', () => viewer?.zoomBy(1 / 1.6));
element('zoom-all').addEventListener('click', () => viewer?.showAll());
element('compare').addEventListener('click', ({ currentTarget }) => {
  const isOn = currentTarget.getAttribute('aria-pressed') !== 'true';
  currentTarget.setAttribute('aria-pressed', String(isOn));
  viewer?.compare(isOn).catch(complain);
});
addEventListener('popstate', openFromAddress);

const drop = element('drop');
for (const type of ['dragenter', 'dragover']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
for (const type of ['dragleave', 'drop']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.remove('over');
  });
}
addEventListener('drop', ({ dataTransfer }) => {
  if (dataTransfer.files[0]) send(dataTransfer.files[0]);
});
addEventListener('paste', ({ clipboardData }) => {
  if (clipboardData.files[0]) send(clipboardData.files[0]);
});

loadModels().catch(complain);
openFromAddress();
