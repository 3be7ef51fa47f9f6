import { element } from '../dom/element.js';
import { make } from '../dom/make.js';

/** Larger files are not decoded by the browser: it may have no memory for them. */
const mostPreviewBytes = 100e6;

/** Gives the stage the proportions of an image. */
export function shapeStage({ width, height }: { readonly width: number; readonly height: number }): void {
  const views = element('views');
  views.style.setProperty('--ratio', String(width / height));
  views.classList.toggle('wide', width > 2 * height);
}

/** Says on the stage what is about to be there; nothing by default. */
export function noteOnStage(text = ''): void {
  element('stage-note').textContent = text;
}

/** Empties the stage. */
export function clearStage(): void {
  removePreview();
  noteOnStage();
  element('views').classList.remove('ready', 'wide');
}

/** Shows an image that was chosen here as the browser decodes it, until the server's tiles are there. */
export async function showPreview(file: File, signal: AbortSignal): Promise<void> {
  noteOnStage('The image appears here when the server has prepared it.');
  if (file.size > mostPreviewBytes) return;
  const image = make('img', { alt: '', className: 'preview', src: URL.createObjectURL(file) });
  try {
    await image.decode();
    if (signal.aborted || element('views').classList.contains('ready')) throw new Error('too late');
    shapeStage({ width: image.naturalWidth, height: image.naturalHeight });
    element('viewer').prepend(image);
    noteOnStage();
  } catch {
    // The server decodes formats that browsers do not.
    URL.revokeObjectURL(image.src);
  }
}

export function removePreview(): void {
  for (const image of Array.from(element('viewer').querySelectorAll<HTMLImageElement>('img.preview'))) {
    URL.revokeObjectURL(image.src);
    image.remove();
  }
}
