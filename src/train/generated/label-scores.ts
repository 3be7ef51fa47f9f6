import type { LabelTask } from '../../../models/label-task.js';
import { argMax } from '../../evaluate/classification-scores.js';

/** Share of the images that each question was answered right for, by its name. */
export type TaskAccuracies = Readonly<Record<string, number>>;

/**
 * Whether each question is answered right by one row of logits: the right label scores highest, or for a `multi`
 * question every label is on the right side of one half.
 * @param logits, target rows over the labels of all questions
 */
export function answeredRight(
  logits: Float32Array,
  target: Float32Array,
  tasks: readonly LabelTask[],
): boolean[] {
  let from = 0;
  return tasks.map(({ kind, labels }) => {
    const scores = logits.subarray(from, from + labels.length);
    const truth = target.subarray(from, from + labels.length);
    from += labels.length;
    return kind === 'single'
      ? truth[argMax(scores)] === 1
      : scores.every((score, label) => score > 0 === (truth[label] === 1));
  });
}

/** The loss of `labelLoss` for one row, in plain numbers. */
function rowLoss(logits: Float32Array, target: Float32Array, tasks: readonly LabelTask[]): number {
  let from = 0;
  return tasks.reduce((sum, { kind, labels }) => {
    const scores = logits.subarray(from, from + labels.length);
    const truth = target.subarray(from, from + labels.length);
    from += labels.length;
    return sum + (kind === 'single' ? softmaxLoss(scores, truth) : sigmoidLoss(scores, truth));
  }, 0);
}

function softmaxLoss(scores: Float32Array, truth: Float32Array): number {
  const largest = Math.max(...scores);
  const normaliser = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  return Math.log(normaliser) + largest - scores[argMax(truth)]!;
}

function sigmoidLoss(scores: Float32Array, truth: Float32Array): number {
  return scores.reduce((sum, score, label) => {
    return sum + Math.max(score, 0) - score * truth[label]! + Math.log1p(Math.exp(-Math.abs(score)));
  }, 0);
}

/** Counts right answers over batches. */
export class LabelScores {
  readonly #tasks: readonly LabelTask[];
  readonly #right: number[];
  #images = 0;
  #loss = 0;

  constructor(tasks: readonly LabelTask[]) {
    this.#tasks = tasks;
    this.#right = tasks.map(() => 0);
  }

  get images(): number {
    return this.#images;
  }

  /** Mean over the images so far. */
  get loss(): number {
    return this.#loss / this.#images;
  }

  /** @param logits, target [size, labels of all questions] */
  add(logits: Float32Array, target: Float32Array, size: number): void {
    const length = target.length / size;
    for (let row = 0; row < size; row++) {
      const cut = (whole: Float32Array) => whole.subarray(row * length, (row + 1) * length);
      for (const [task, isRight] of answeredRight(cut(logits), cut(target), this.#tasks).entries()) {
        this.#right[task]! += Number(isRight);
      }
      this.#loss += rowLoss(cut(logits), cut(target), this.#tasks);
      this.#images++;
    }
  }

  accuracies(): TaskAccuracies {
    return Object.fromEntries(this.#tasks.map(({ name }, task) => [name, this.#right[task]! / this.#images]));
  }
}
