import { z } from 'zod';

/**
 * One question about an image. A model that answers several has a slice of its logits for each, in their
 * order.
 */
export const labelTaskSchema = z.strictObject({
  name: z.string().min(1),
  /** single: exactly one of the labels is right (softmax); multi: each may be (sigmoid). */
  kind: z.enum(['single', 'multi']),
  labels: z.array(z.string().min(1)).min(1),
});
export type LabelTask = z.infer<typeof labelTaskSchema>;

/** Length of the logits of a model that answers these questions. */
export function logitsOf(tasks: readonly LabelTask[]): number {
  return tasks.reduce((sum, { labels }) => sum + labels.length, 0);
}

/** Which logits belong to each question. */
export function sliceOf(tasks: readonly LabelTask[], name: string): { from: number; to: number } {
  const index = tasks.findIndex((task) => task.name === name);
  const from = logitsOf(tasks.slice(0, index));
  return { from, to: from + tasks[index]!.labels.length };
}

/** Names of the logits, e.g. `majority 7`. */
export function logitLabels(tasks: readonly LabelTask[]): string[] {
  return tasks.flatMap(({ name, labels }) => labels.map((label) => `${name} ${label}`));
}
