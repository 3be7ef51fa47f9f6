import { element } from './dom/element.js';

/** Tells people, and screen readers, how things stand. */
export function say(text: string): void {
  element('status').textContent = text;
}

/** Tells what went wrong. */
export function complain(error: unknown): void {
  element('alert').textContent = error instanceof Error ? error.message : String(error);
  say('');
}

/** Shows one part of the page: the start, or a scene under way or done. */
export function show({ start = false, job = false, scene = false }): void {
  element('start').hidden = !start;
  element('job').hidden = !job;
  element('scene').hidden = !scene;
  element('again').hidden = start;
  document.body.classList.toggle('working', scene);
}

/** Takes away what belongs to an earlier scene. */
export function clear(): void {
  element('alert').textContent = '';
  for (const id of ['classes', 'answers', 'shrunk', 'local', 'remove']) element(id).hidden = true;
  for (const id of ['facts', 'downloads', 'list', 'labels']) element(id).replaceChildren();
  for (const id of ['summary', 'title', 'download-note', 'shrunk-answer', 'list-title'])
    element(id).textContent = '';
  element('compare').setAttribute('aria-pressed', 'false');
}
