import type { Scene } from '../api/answers.js';
import { getJson, isGone } from '../api/request.js';
import { element } from '../dom/element.js';
import { make } from '../dom/make.js';
import type { RecentScene } from './recent-store.js';
import { forget, forgetAll, recentScenes } from './recent-store.js';

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

const states: Readonly<Record<Scene['status'], string>> = {
  queued: 'waits',
  running: 'at work',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** Lists the scenes shown in this browser, with how they are; those that the server no longer has are left out. */
export function showRecent(signal: AbortSignal): void {
  const scenes = recentScenes();
  element('recent').hidden = scenes.length === 0;
  element('recent-list').replaceChildren(...scenes.map((scene) => makeRow(scene, signal)));
  element('recent-clear').onclick = () => {
    forgetAll();
    showRecent(signal);
  };
}

function makeRow({ id, name, model, created }: RecentScene, signal: AbortSignal): HTMLLIElement {
  const state = make('span', { className: 'state' });
  const when = make('span', { className: 'when' }, `${model}, ${dates.format(new Date(created))}`);
  const link = make('a', { href: `#${encodeURIComponent(id)}` }, make('strong', {}, name));
  const row = make('li', {}, link, when, state);
  const path = `/v1/scenes/${encodeURIComponent(id)}`;
  getJson<Scene>(path, { signal, asksForKey: false }).then(
    ({ status }) => {
      state.textContent = states[status];
    },
    (error: unknown) => {
      if (!isGone(error)) return;
      forget(id);
      row.remove();
      element('recent').hidden = recentScenes().length === 0;
    },
  );
  return row;
}
