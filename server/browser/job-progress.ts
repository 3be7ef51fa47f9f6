import type { Scene } from './api/answers.js';
import { element } from './dom/element.js';
import { formatBytes, formatCount, plural } from './dom/format.js';

/** @param share 0 to 1; unknown by default */
function showProgress(text: string, share?: number): void {
  element('job-state').textContent = text;
  const bar = element('job-bar', HTMLProgressElement);
  if (share === undefined) bar.removeAttribute('value');
  else bar.value = share;
}

/** Shows how much of a scene has been sent, in bytes. */
export function showUpload(sent: number, total: number): void {
  showProgress(`${formatBytes(sent)} of ${formatBytes(total)} sent`, sent / total);
}

/** Shows how far the work on a scene is. */
export function showWork({ status, ahead, progress: { done, total } }: Scene): void {
  if (status === 'queued') showProgress(ahead > 0 ? `waits for ${plural(ahead, 'other scene')}` : 'begins');
  else if (total === 0) showProgress('begins');
  else showProgress(`${formatCount(done)} of ${plural(total, 'tile')}`, total > 1 ? done / total : undefined);
}
