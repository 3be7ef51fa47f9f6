import type { Chart } from '../charts/render.js';
import type { OperatingPoint } from '../evaluate/coco-metrics/operating-point.js';
import { bestOperatingPoint, operatingPointAt } from '../evaluate/coco-metrics/operating-point.js';
import { averagePrecision } from '../evaluate/coco-metrics/precision-recall.js';
import type { RgbImage } from '../image/decode.js';
import { confusionTable } from './confusion-table.js';
import { precisionChart, scoreChart, scoresBySize, sizeChart } from './detection-charts.js';
import type { SetMatch } from './match-objects.js';
import { confusionOf, curveOf, matchObjects } from './match-objects.js';
import type { Mistake } from './mistakes.js';
import { worstMistakes } from './mistakes.js';
import type { Safe } from './page.js';
import { chartFigures, html, htmlTable, page, section } from './page.js';
import type { DrawnBox } from './pictures.js';
import { cropAddress, drawing, pictureAddress, placeAround } from './pictures.js';
import type { ReportedImage } from './reported.js';

export interface DetectionReport {
  readonly title: string;
  /** Names and values for its head: model, data. */
  readonly facts: readonly (readonly [string, string])[];
  readonly labels: readonly string[];
  readonly images: readonly ReportedImage[];
  /** Score of the operating point; the one of the best F1 by default. */
  readonly threshold?: number;
  /** Shown first, such as the curves of a training run. */
  readonly charts?: readonly Pick<Chart, 'caption' | 'spec'>[];
  /** Shown last. */
  readonly more?: readonly Safe[];
}

const sheetImages = 12;
const mistakes = 20;
/** Longest side of a picture. */
const [sheetPixels, cropPixels] = [560, 220];

/**
 * What a detector does on labelled images, as one self-contained page: curves, images with truth and found side by side,
 * confusion matrix, precision and recall over the score, AP over size, the worst mistakes.
 */
export async function detectionReport(report: DetectionReport): Promise<string> {
  const { title, facts, labels, images, threshold } = report;
  const match = matchObjects(images);
  const curve = curveOf(match);
  const best = threshold === undefined ? bestOperatingPoint(curve) : operatingPointAt(curve, threshold);
  const numbers: [string, string][] = [
    ['images', `${images.length}, with ${curve.positives} objects`],
    ['AP50, classes as one', averagePrecision(curve).toFixed(3)],
  ];
  const parts: Safe[] = [];
  const { charts = [], more = [] } = report;
  if (charts.length > 0) parts.push(section('Training', '', await chartFigures(charts)));
  if (best) {
    const chosen = threshold === undefined ? 'best F1, chosen on these images' : 'as asked for';
    const { precision, recall, f1 } = best;
    const rates = `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}`;
    numbers.push(['at the score', `${best.threshold.toFixed(3)} (${chosen}): ${rates}`]);
    parts.push(await curvesSection(match, curve, best));
    parts.push(confusionSection(match, labels, best));
  } else {
    parts.push(section('Nothing was found', 'No object was found at any score.'));
  }
  const least = best?.threshold ?? threshold ?? 1;
  parts.push(await sheetSection(images, match, labels, least));
  parts.push(await mistakesSection(images, match, labels, least));
  return page(title, [...facts, ...numbers], [...parts, ...more]);
}

async function curvesSection(
  match: SetMatch,
  curve: ReturnType<typeof curveOf>,
  best: OperatingPoint,
): Promise<Safe> {
  const charts = [scoreChart(curve, best), precisionChart(curve), sizeChart(scoresBySize(match))];
  const text = 'A detection is right where it overlaps a free object by at least half, whatever its class.';
  return section('Precision and recall', text, await chartFigures(charts));
}

function confusionSection(match: SetMatch, labels: readonly string[], { threshold }: OperatingPoint): Safe {
  const counts = confusionOf(match, labels.length, threshold);
  const table = confusionTable([...labels, 'background'], [...labels, 'missed'], counts);
  const byClass = labels.map((name, label) => {
    const row = counts[label]!;
    const objects = row.reduce((sum, count) => sum + count, 0);
    const taken = counts.reduce((sum, own) => sum + own[label]!, 0);
    const share = (part: number, whole: number) => (whole === 0 ? '-' : (part / whole).toFixed(3));
    return [name, String(objects), share(row[label]!, objects), share(row[label]!, taken)];
  });
  return section(
    'What is taken for what',
    `At scores from ${threshold.toFixed(3)} on. The last column counts objects that were missed, the last row what was found on background.`,
    table,
    htmlTable([['class', 'objects', 'recall', 'precision'], ...byClass]),
  );
}

async function sheetSection(
  images: readonly ReportedImage[],
  match: SetMatch,
  labels: readonly string[],
  threshold: number,
): Promise<Safe> {
  const shown = spread(images, sheetImages);
  const figures: Safe[] = [];
  for (const index of shown) {
    const image = images[index]!;
    const address = await pictureAddress(await image.pixels(), sheetPixels);
    const place = { left: 0, top: 0, width: image.width, height: image.height };
    const truth = drawing(
      address,
      place,
      truthBoxes(match, index, labels, threshold),
      `${image.name}, labelled`,
    );
    const found = drawing(
      address,
      place,
      foundBoxes(match, index, labels, threshold),
      `${image.name}, found`,
    );
    figures.push(
      html`<figure><div class="pair">${truth}${found}</div><figcaption>${image.name}</figcaption></figure>`,
    );
  }
  const text = `Left what is labelled: green was found, yellow missed, dashed does not count. Right what was found, from ${threshold.toFixed(3)} on: green right, red on nothing or of another class. Point at a box for its class. ${shown.length} of ${images.length} images.`;
  return section('Images', text, html`<div class="sheet">${figures}</div>`);
}

/** Indices of images with something to see, evenly over the set. */
function spread(images: readonly ReportedImage[], count: number): number[] {
  const all = [...images.keys()];
  const withObjects = all.filter((at) => images[at]!.truths.some(({ ignored }) => !ignored));
  const from =
    withObjects.length >= count
      ? withObjects
      : [...withObjects, ...all.filter((at) => !withObjects.includes(at))];
  const step = Math.max(1, from.length / count);
  return Array.from({ length: Math.min(count, from.length) }, (_, at) => from[Math.floor(at * step)]!);
}

function truthBoxes(
  match: SetMatch,
  index: number,
  labels: readonly string[],
  threshold: number,
): DrawnBox[] {
  return match.truths
    .filter(({ image }) => image === index)
    .map(({ truth, by }) => {
      const isFound = (by?.found.score ?? 0) >= threshold;
      const kind = truth.ignored ? 'ignored' : isFound ? 'right' : 'missed';
      return {
        corners: truth.corners,
        kind,
        title: `${labels[truth.label] ?? ''}${kind === 'missed' ? ', missed' : ''}`,
      };
    });
}

function foundBoxes(
  match: SetMatch,
  index: number,
  labels: readonly string[],
  threshold: number,
): DrawnBox[] {
  return match.found
    .filter(({ image, found }) => image === index && found.score >= threshold)
    .map(({ found, truth }) => {
      const kind = truth?.ignored ? 'ignored' : truth?.label === found.label ? 'right' : 'wrong';
      return {
        corners: found.corners,
        kind,
        title: `${labels[found.label] ?? 'another class'} ${found.score.toFixed(2)}`,
      };
    });
}

async function mistakesSection(
  images: readonly ReportedImage[],
  match: SetMatch,
  labels: readonly string[],
  threshold: number,
): Promise<Safe> {
  const worst = worstMistakes(match, threshold, mistakes);
  const figures = await mistakeFigures(images, worst, labels);
  const text =
    'What was found with the highest scores where nothing is labelled, or of another class, and objects that were missed altogether. ' +
    'Where the picture shows that the model is right, the label is wrong or missing.';
  return section(
    'The worst mistakes',
    worst.length === 0 ? 'There is none.' : text,
    html`<div class="crops">${figures}</div>`,
  );
}

/** A picture of each mistake with a line about it. */
export async function mistakeFigures(
  images: readonly ReportedImage[],
  all: readonly Mistake[],
  labels: readonly string[],
): Promise<Safe[]> {
  const decoded = new Map<number, RgbImage>();
  const figures: Safe[] = [];
  for (const mistake of all.toSorted((a, b) => a.image - b.image)) {
    const image = images[mistake.image]!;
    if (!decoded.has(mistake.image)) {
      // One at a time: images may be large.
      decoded.clear();
      decoded.set(mistake.image, await image.pixels());
    }
    const place = placeAround(mistake.corners, image);
    const address = await cropAddress(decoded.get(mistake.image)!, place, cropPixels);
    const box = {
      corners: mistake.corners,
      kind: mistake.kind === 'missed' ? 'missed' : 'wrong',
      title: describe(mistake, labels),
    } as const;
    figures.push(
      html`<figure>${drawing(address, place, [box], box.title)}<figcaption>${box.title}<br>${image.name}</figcaption></figure>`,
    );
  }
  const order = all.toSorted((a, b) => a.image - b.image);
  return all.map((mistake) => figures[order.indexOf(mistake)]!);
}

function describe({ kind, label, takenFor = -1, severity }: Mistake, labels: readonly string[]): string {
  const name = (at: number) => labels[at] ?? 'another class';
  if (kind === 'missed') return `${name(label)}, missed`;
  if (kind === 'background') return `${name(takenFor)} ${severity.toFixed(2)}, where nothing is labelled`;
  return `${name(takenFor)} ${severity.toFixed(2)}, labelled ${name(label)}`;
}
