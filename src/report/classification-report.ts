import { palette } from '../charts/palette.js';
import type { Chart } from '../charts/render.js';
import { classificationScores } from '../evaluate/classification-scores.js';
import type { RgbImage } from '../image/decode.js';
import { confusionTable } from './confusion-table.js';
import type { Safe } from './page.js';
import { chartFigures, html, page, section } from './page.js';
import { pictureAddress } from './pictures.js';

/** An image with its class and what a classifier says of it. */
export interface ClassifiedImage {
  readonly name: string;
  readonly label: number;
  /** Probability of each class. */
  readonly scores: ArrayLike<number>;
  pixels(): Promise<RgbImage>;
}

export interface ClassificationReport {
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly labels: readonly string[];
  readonly images: readonly ClassifiedImage[];
  readonly charts?: readonly Pick<Chart, 'caption' | 'spec'>[];
  readonly more?: readonly Safe[];
}

const sheetImages = 24;
const mistakes = 20;
const pixels = 200;

/** What a classifier does on labelled images, as one self-contained page. */
export async function classificationReport(report: ClassificationReport): Promise<string> {
  const { title, facts, labels, images, charts = [], more = [] } = report;
  const answers = images.map(answerOf);
  const scores = classificationScores(
    images.map(({ label }) => label),
    answers.map(({ predicted }) => predicted),
    labels,
  );
  const numbers: [string, string][] = [
    ['images', String(scores.images)],
    ['accuracy', `${(100 * scores.accuracy).toFixed(2)} % (${scores.correct} of ${scores.images})`],
  ];
  const parts: Safe[] = [];
  if (charts.length > 0) parts.push(section('Training', '', await chartFigures(charts)));
  const text = 'Images of each class, and what they are taken for.';
  parts.push(section('What is taken for what', text, confusionTable(labels, labels, scores.confusion)));
  const what =
    'Of answers with at least this score: how many are right, and what share of all images gets one.';
  parts.push(section('Answers over the score', what, await chartFigures([confidenceChart(answers)])));
  const step = Math.max(1, images.length / sheetImages);
  const shown = Array.from({ length: Math.min(sheetImages, images.length) }, (_, at) =>
    Math.floor(at * step),
  );
  const sheet = await answerFigures(images, shown, labels);
  parts.push(
    section(
      'Images',
      `${shown.length} of ${images.length}, evenly chosen.`,
      html`<div class="crops">${sheet}</div>`,
    ),
  );
  const worst = worstAnswers(images, mistakes);
  const crops = await answerFigures(images, worst, labels);
  const hint =
    'The least probability of the true class first. Where the picture shows that the model is right, the label is wrong.';
  parts.push(
    section(
      'The worst mistakes',
      worst.length === 0 ? 'There is none.' : hint,
      html`<div class="crops">${crops}</div>`,
    ),
  );
  return page(title, [...facts, ...numbers], [...parts, ...more]);
}

interface Answer {
  readonly predicted: number;
  readonly score: number;
  readonly isRight: boolean;
}

function answerOf({ label, scores }: ClassifiedImage): Answer {
  let predicted = 0;
  for (let at = 1; at < scores.length; at++) if (scores[at]! > scores[predicted]!) predicted = at;
  return { predicted, score: scores[predicted]!, isRight: predicted === label };
}

/** Indices of wrongly classified images, those first whose class the model thinks least likely. */
export function worstAnswers(images: readonly ClassifiedImage[], count: number): number[] {
  return [...images.keys()]
    .filter((at) => !answerOf(images[at]!).isRight)
    .toSorted((a, b) => images[a]!.scores[images[a]!.label]! - images[b]!.scores[images[b]!.label]!)
    .slice(0, count);
}

function confidenceChart(answers: readonly Answer[]): Chart {
  const thresholds = Array.from({ length: 41 }, (_, at) => at / 40);
  const values = thresholds.flatMap((score) => {
    const own = answers.filter((answer) => answer.score >= score);
    if (own.length === 0) return [];
    const right = own.filter(({ isRight }) => isRight).length / own.length;
    return [
      { score, value: right, what: 'right' },
      { score, value: own.length / answers.length, what: 'answered' },
    ];
  });
  return {
    name: 'confidence',
    caption: 'Share of answers that are right, and share of images that are answered.',
    spec: {
      width: 420,
      height: 220,
      data: { values },
      mark: { type: 'line' },
      encoding: {
        x: { field: 'score', type: 'quantitative', title: 'score', scale: { domain: [0, 1] } },
        y: {
          field: 'value',
          type: 'quantitative',
          title: null,
          axis: { format: '%' },
          scale: { domain: [0, 1] },
        },
        color: {
          field: 'what',
          type: 'nominal',
          title: null,
          scale: { domain: ['right', 'answered'], range: [palette.blue.light, palette.amber.light] },
        },
        strokeDash: { field: 'what', type: 'nominal', legend: null },
      },
    },
  };
}

/** A picture of each image with the answer to it. */
export async function answerFigures(
  images: readonly ClassifiedImage[],
  shown: readonly number[],
  labels: readonly string[],
): Promise<Safe[]> {
  const all: Safe[] = [];
  for (const at of shown) {
    const image = images[at]!;
    const address = await pictureAddress(await image.pixels(), pixels);
    const { predicted, score, isRight } = answerOf(image);
    const answer = `${labels[predicted]} ${score.toFixed(2)}`;
    const said = isRight
      ? html`<span>${answer}</span>`
      : html`<span class="wrong">${answer}</span>, labelled ${labels[image.label]!}`;
    all.push(
      html`<figure><img src="${address}" alt="${image.name}"><figcaption>${said}<br>${image.name}</figcaption></figure>`,
    );
  }
  return all;
}
