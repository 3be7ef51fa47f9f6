// The panel beside the image: what was found, and what of it to show.

import { download } from './api.js';
import { element, formatCount, formatPercent, formatSeconds, make, plural } from './dom.js';

/** Rows that are added to the list at a time. */
const rowsAtOnce = 100;

/**
 * Shows a detector's result.
 * @param onChange called when other objects are to be shown
 * @param onSelect called with the object that a person takes from the list
 */
export function showDetections(detections, { onChange, onSelect }) {
  element('classes').hidden = false;
  const slider = element('score');
  const lowest = Math.floor(100 * detections.lowest);
  Object.assign(slider, { min: lowest, max: 100, value: lowest });
  detections.threshold = 0;
  const update = () => {
    detections.filter();
    describe(detections);
    for (const one of detections.classes) one.node.textContent = formatCount(one.count);
    fillList(detections, onSelect, rowsAtOnce);
    onChange();
  };
  slider.oninput = () => {
    // At its lower end it leaves nothing out.
    detections.threshold = Number(slider.value) > lowest ? slider.value / 100 : 0;
    element('score-value').textContent = `${slider.value} %`;
    update();
  };
  element('score-value').textContent = `${lowest} %`;
  showLegend(detections, update);
  update();
}

function showLegend(detections, update) {
  const rows = detections.classes.map((one) => {
    const box = make('input', { type: 'checkbox', checked: true });
    box.addEventListener('change', () => {
      one.isShown = box.checked;
      update();
    });
    const swatch = make('span', { className: 'swatch' });
    swatch.style.background = one.colour;
    one.node = make('span', { className: 'count' });
    return make('label', {}, box, swatch, make('span', { className: 'name' }, one.name), one.node);
  });
  element('legend').replaceChildren(make('legend', {}, 'Classes'), ...rows);
}

function describe({ all, shown }) {
  element('summary').textContent =
    all.length === 0
      ? 'No objects were found.'
      : `${plural(shown.length, 'object')}${shown.length < all.length ? ` of ${formatCount(all.length)}` : ''}`;
}

function fillList(detections, onSelect, count) {
  const rows = detections.shown.slice(0, count).map((one) => {
    const { xmin, ymin, xmax, ymax } = one.box;
    const place = `at ${Math.round((xmin + xmax) / 2)}, ${Math.round((ymin + ymax) / 2)}`;
    const swatch = make('span', { className: 'swatch' });
    swatch.style.background = detections.colourOf(one);
    const button = make(
      'button',
      { type: 'button' },
      swatch,
      make('span', { className: 'name' }, one.label),
      make('span', { className: 'place' }, place),
      make('span', { className: 'count' }, formatPercent(one.score)),
    );
    button.addEventListener('click', () => onSelect(one));
    if (one === detections.selected) button.setAttribute('aria-current', 'true');
    const row = make('li', {}, button);
    row.dataset.index = one.index;
    return row;
  });
  element('list').replaceChildren(...rows);
  const more = element('more');
  more.hidden = detections.shown.length <= count;
  more.textContent = `Show more (${formatCount(detections.shown.length - count)} left)`;
  more.onclick = () => fillList(detections, onSelect, count + rowsAtOnce);
}

/** Marks the row of an object that was picked in the image. */
export function markSelected({ selected }) {
  for (const row of element('list').children) {
    const isIt = Number(row.dataset.index) === selected?.index;
    const button = row.firstElementChild;
    if (isIt) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
    if (isIt) row.scrollIntoView({ block: 'nearest' });
  }
  if (selected) {
    const { label, score } = selected;
    element('status').textContent = `${label}, ${formatPercent(score)}`;
  }
}

/** Shows a classifier's result. */
export function showLabels({ predictions }) {
  element('answers').hidden = false;
  element('labels').replaceChildren(
    ...predictions.slice(0, 5).map(({ label, score }) => {
      const percent = formatPercent(score, 1);
      const meter = make('meter', { value: score });
      meter.setAttribute('aria-label', `${label}: ${percent}`);
      return make('li', {}, make('span', {}, label), make('span', { className: 'count' }, percent), meter);
    }),
  );
  element('summary').textContent = `Most likely ${predictions[0].label}.`;
}

export function showFacts(job, answer) {
  const { width, height } = job.image;
  const megapixels = (width * height) / 1e6;
  const facts = [
    [
      'Size',
      `${formatCount(width)} × ${formatCount(height)}, ${megapixels.toFixed(megapixels < 10 ? 1 : 0)} megapixels`,
    ],
    ['Model', job.model],
    ['Time', `${formatSeconds(answer.timings.total)}, ${plural(answer.tiles, 'tile')}`],
  ];
  element('facts').replaceChildren(
    ...facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
  );
}

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
};

export function showDownloads(job, onError) {
  const buttons = formats[job.task].map(([format, title, ending]) => {
    const button = make('button', { type: 'button', className: 'card' }, title);
    button.setAttribute('aria-label', `Download as ${title}`);
    const name = `${job.name.replace(/\.\w{1,5}$/, '')}${ending}`;
    button.addEventListener('click', () => {
      download(`${job.links.result}?format=${format}`, name).catch(onError);
    });
    return button;
  });
  element('downloads').replaceChildren(...buttons);
  element('download-note').textContent =
    job.task === 'detect' ? 'Files hold all objects that were found, whatever is shown here.' : '';
}
