import type { Scene } from '../api/answers.js';
import { download } from '../api/files.js';
import { element } from '../dom/element.js';
import { make } from '../dom/make.js';

/** Formats of a result by task: name in the API, title, end of the file's name. */
const formats = {
  detect: [
    ['geojson', 'GeoJSON', '.geojson'],
    ['coco', 'COCO', '.coco.json'],
    ['csv', 'CSV', '.csv'],
    ['png', 'PNG', '.png'],
  ],
  classify: [
    ['json', 'JSON', '.json'],
    ['csv', 'CSV', '.csv'],
    ['png', 'PNG', '.png'],
  ],
} as const satisfies Record<Scene['task'], unknown>;

/** Shows a button for each format of the result. */
export function showDownloads({ task, name, links }: Scene, onError: (error: unknown) => void): void {
  const buttons = formats[task].map(([format, title, ending]) => {
    const button = make('button', { type: 'button', className: 'card' }, title);
    button.setAttribute('aria-label', `Download as ${title}`);
    const file = `${name.replace(/\.\w{1,5}$/, '')}${ending}`;
    button.addEventListener('click', () => {
      download(`${links.result}?format=${format}`, file).catch(onError);
    });
    return button;
  });
  element('downloads').replaceChildren(...buttons);
  element('download-note').textContent =
    task === 'detect' ? 'Files hold all objects that were found, whatever is shown here.' : '';
}
