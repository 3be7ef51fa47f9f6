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
  if (sent < total) showProgress(`${formatBytes(sent)} of ${formatBytes(total)} sent`, sent / total);
  else showProgress('sent; the server takes it in');
}

/** Shows what is being done to a scene. */
export function showWork({ model, status, ahead, progress: { done, total } }: Scene): void {
  if (status === 'queued' && ahead > 0) showProgress(`waits for ${plural(ahead, 'other scene')}`);
  else if (total === 0) showProgress(`${model} is being loaded and the image opened`);
  else if (total === 1) showProgress(`${model} looks at the image`);
  else showProgress(`${formatCount(done)} of ${plural(total, 'tile')} searched`, done / total);
}
