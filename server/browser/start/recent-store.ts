import type { Scene } from '../api/answers.js';

/** What this browser remembers of a scene that was shown in it. */
export type RecentScene = Pick<Scene, 'id' | 'name' | 'model' | 'created'>;

const storedScenes = 'vision-longformer-scenes';

/** Scenes that are remembered. */
const most = 12;

/** The scenes shown in this browser, the latest first. */
export function recentScenes(): readonly RecentScene[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storedScenes) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRecentScene) : [];
  } catch {
    // Another page of this origin may have written something else, or storage be forbidden.
    return [];
  }
}

function isRecentScene(value: unknown): value is RecentScene {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, model, created } = value as Readonly<Record<string, unknown>>;
  return [id, name, model, created].every((text) => typeof text === 'string');
}

export function remember({ id, name, model, created }: Scene): void {
  const others = recentScenes().filter((one) => one.id !== id);
  store([{ id, name, model, created }, ...others].slice(0, most));
}

export function forget(id: string): void {
  store(recentScenes().filter((one) => one.id !== id));
}

export function forgetAll(): void {
  store([]);
}

function store(scenes: readonly RecentScene[]): void {
  try {
    localStorage.setItem(storedScenes, JSON.stringify(scenes));
  } catch {
    // Without storage there is no list; the address of a scene still leads to it.
  }
}
