import type { LabelTask } from '../../models/label-task.js';
import { sliceOf } from '../../models/label-task.js';

export interface LabelScore {
  readonly label: string;
  /**
   * Probability, 0 to 1. Those of all the model's labels add up to 1; of a question that several labels may be right
   * for, each stands for itself.
   */
  readonly score: number;
}

/** What a model that answers several questions says to one of them. */
export interface TaskAnswer extends Pick<LabelTask, 'name' | 'kind'> {
  /** All labels, best first. */
  readonly labels: readonly LabelScore[];
}

/** Softmax, then the labels in order; equal scores keep the model's order of labels. */
export function rankBySoftmax(logits: ArrayLike<number>, labels: readonly string[]): LabelScore[] {
  const values = Array.from(logits);
  const highest = Math.max(...values);
  const powers = values.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return ranked(
    powers.map((power) => power / sum),
    labels,
  );
}

/** The answers to all questions. @param logits of all of them, in their order */
export function answerTasks(logits: Float64Array, tasks: readonly LabelTask[]): TaskAnswer[] {
  return tasks.map(({ name, kind, labels }) => {
    const { from, to } = sliceOf(tasks, name);
    const own = logits.subarray(from, to);
    const sigmoids = Array.from(own, (logit) => 1 / (1 + Math.exp(-logit)));
    return { name, kind, labels: kind === 'single' ? rankBySoftmax(own, labels) : ranked(sigmoids, labels) };
  });
}

function ranked(scores: readonly number[], labels: readonly string[]): LabelScore[] {
  return labels.map((label, index) => ({ label, score: scores[index]! })).sort((a, b) => b.score - a.score);
}
