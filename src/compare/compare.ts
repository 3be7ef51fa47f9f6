import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { splitByPlace } from '../../datasets/place-split.js';
import { nameInSplit } from '../../datasets/split-file.js';
import { UserError } from '../base/errors.js';
import { RequestProcess } from '../base/threads/request-process.js';
import { writeAtomically } from '../base/write-atomically.js';
import type { AnnotationSet } from '../boxes/annotations.js';
import type { Asked } from '../train/automatic/asked.js';
import { checkedConfig } from '../train/automatic/checked-config.js';
import { measurePace } from '../train/automatic/measure-pace.js';
import { lengthOf, plannedShare, planTask } from '../train/automatic/plan-run.js';
import { fitRun } from '../train/automatic/run-length.js';
import { readTrainingConfig, trainingConfigSchema } from '../train/config.js';
import { readLabelled } from '../train/detection/splits.js';
import type { Reporter } from '../train/loop.js';
import { bestModelFolder } from '../train/run-folder.js';
import { runTraining } from '../train/run-training.js';
import type { ComparedScore } from './compare-scores.js';
import { compareScores } from './compare-scores.js';
import { contendersOf } from './contenders.js';
import type { ScoreAnswer, ScoreRequest } from './score-messages.js';

export interface CompareOptions {
  readonly asked: Asked;
  /** Sides in pixels of what the ViTs see. */
  readonly sizes: readonly number[];
  readonly seeds: readonly number[];
  /** Detectors: side of the slices in which the windowed model looks at images once more, without another training. */
  readonly slice?: number;
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}

/** A contender in the table. */
export interface ComparedRow extends ComparedScore {
  readonly title: string;
  /** Means over seeds. */
  readonly secondsPerImage: number;
  readonly peakBytes: number;
  readonly steps: number;
  readonly trainingSeconds: number;
}

export interface Comparison {
  readonly measure: 'AP50' | 'accuracy';
  readonly images: number;
  readonly seeds: number;
  readonly rows: readonly ComparedRow[];
}

const contenderSchema = z.object({
  id: z.string(),
  title: z.string(),
  settings: z.record(z.string(), z.unknown()),
});
/** What is decided once, so that a comparison that was interrupted goes on as it began. */
const planSchema = z.object({
  asked: z.record(z.string(), z.unknown()),
  task: z.enum(['detection', 'classification']),
  model: z.string(),
  /** Seconds for one training. */
  each: z.number(),
  contenders: z.array(contenderSchema),
  test: z.array(z.string()),
});
type ComparisonPlan = z.infer<typeof planSchema>;

const answerSchema = z.object({
  found: z
    .array(
      z.object({
        boxes: z.array(z.number()),
        scores: z.array(z.number()),
        classes: z.array(z.number()),
        count: z.number(),
      }),
    )
    .optional(),
  right: z.array(z.boolean()).optional(),
  secondsPerImage: z.number(),
  peakBytes: z.number(),
  steps: z.number(),
  trainingSeconds: z.number(),
});
type SavedAnswer = z.infer<typeof answerSchema>;

/** Share of the images that learn, held back to choose the epoch by; the test images are others. */
const validationShare = 0.12;

/**
 * Trains and scores the windowed model at full resolution and a ViT on shrunk images, from the same weights, for the same time each,
 * on the same images; the epoch is chosen on images of their own, scores are on others. What is done is not done again.
 *
 * @returns undefined where the signal stopped it
 * @throws UserError when data or sizes do not allow it, or the folder has another comparison
 */
export async function compare(options: CompareOptions): Promise<Comparison | undefined> {
  const { asked, seeds, signal, reporter } = options;
  const plan = await planOnce(options);
  const labelled = plan.contenders[0]!.settings.data as ScoreRequest['data'];
  const rows: { title: string; answers: SavedAnswer[] }[] = [];
  for (const { id, title, settings } of plan.contenders) {
    const answers: SavedAnswer[] = [];
    for (const seed of seeds) {
      if (signal.aborted) return undefined;
      reporter.note(`${title}, seed ${seed}`);
      const folder = join(asked.out, `${id}-seed${seed}`);
      const request = { task: plan.task, data: labelled, images: plan.test, threads: asked.threads };
      const trained = await trainOnce(folder, { ...settings, model: plan.model, seed }, plan.each, options);
      if (!trained) return undefined;
      answers.push(await scoreOnce(join(folder, 'answers.json'), folder, request, trained));
      if (id !== 'windowed' || options.slice === undefined) continue;
      const sliced = await scoreOnce(
        join(folder, 'sliced.json'),
        folder,
        { ...request, slice: options.slice },
        trained,
      );
      const name = `windowed, in slices of ${options.slice}`;
      const row = rows.find((own) => own.title === name);
      if (row) row.answers.push(sliced);
      else rows.push({ title: name, answers: [sliced] });
    }
    rows.splice(id === 'windowed' ? 0 : rows.length, 0, { title, answers });
  }
  const set = plan.task === 'detection' ? await testSet(labelled, plan.test) : undefined;
  const scores = compareScores(
    rows.map(({ answers }) => answers),
    plan.test.length,
    set,
  );
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    measure: plan.task === 'detection' ? 'AP50' : 'accuracy',
    images: plan.test.length,
    seeds: seeds.length,
    rows: rows.map(({ title, answers }, at) => ({
      title,
      ...scores[at]!,
      secondsPerImage: mean(answers.map((own) => own.secondsPerImage)),
      peakBytes: mean(answers.map((own) => own.peakBytes)),
      steps: mean(answers.map((own) => own.steps)),
      trainingSeconds: mean(answers.map((own) => own.trainingSeconds)),
    })),
  };
}

async function planOnce({ asked, sizes, seeds, reporter }: CompareOptions): Promise<ComparisonPlan> {
  const path = join(asked.out, 'comparison.json');
  const { threads: _threads, ...given } = asked;
  const key = JSON.parse(JSON.stringify({ ...given, sizes, seeds: seeds.length })) as Record<string, unknown>;
  if (existsSync(path)) {
    const plan = planSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    if (JSON.stringify(plan.asked) === JSON.stringify(key)) return plan;
    throw new UserError(
      `${asked.out} has a comparison with other settings. Choose another folder with --out.`,
    );
  }
  const began = performance.now();
  const { found, start, plan } = await planTask(asked, (line) => reporter.note(line));
  for (const { text, isWarning } of plan.findings) if (isWarning) reporter.note(`! ${text}`);
  const { training, validation: test } = plan.looked;
  if (training === test)
    throw new UserError(
      'A comparison needs images to score on that are not learned from: there is one image.',
    );
  const placed = training.map((at) => ({ path: plan.paths[at]!, labels: plan.labels[at]! }));
  const { validation } = splitByPlace(placed, validationShare, asked.seed + 1);
  if (validation.size === 0 || validation.size === training.length) {
    throw new UserError(
      `${training.length} images to learn from are too few to choose an epoch on some of them.`,
    );
  }
  const names = (isHeld: boolean) =>
    training
      .filter((_, at) => validation.has(at) === isHeld)
      .map((at) => nameInSplit(plan.root, plan.paths[at]!));
  await mkdir(asked.out, { recursive: true });
  const split = join(asked.out, 'split.json');
  await writeFile(
    split,
    `${JSON.stringify({ training: names(false), validation: names(true) }, undefined, 1)}\n`,
  );
  const contenders = contendersOf({ ...plan, settings: { ...plan.settings, split } }, start, sizes);
  const left = asked.budget - (performance.now() - began) / 1000;
  const decided = {
    asked: key,
    task: found.task,
    model: start.name,
    each: left / (contenders.length * seeds.length),
    contenders: contenders.map((own) => ({ ...own })),
    test: test.map((at) => plan.paths[at]!),
  };
  await writeAtomically(path, `${JSON.stringify(decided, undefined, 1)}\n`);
  return planSchema.parse(JSON.parse(JSON.stringify(decided)));
}

interface Trained {
  readonly steps: number;
  readonly trainingSeconds: number;
}

/** Trains, goes on training, or does nothing where it is done. */
async function trainOnce(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
  seconds: number,
  { asked, signal, reporter }: CompareOptions,
): Promise<Trained | undefined> {
  const path = join(folder, 'config.json');
  if (!existsSync(path)) {
    const began = performance.now();
    const fixed = { ...settings, out: folder, threads: asked.threads };
    const pace = await measurePace(
      checkedConfig(trainingConfigSchema, { ...fixed, ...lengthOf({ epochs: 1, steps: 1 }) }),
    );
    const length = fitRun(plannedShare * (seconds - (performance.now() - began) / 1000), pace);
    reporter.note(`${length.epochs} epochs, ${length.steps} steps; ${length.why}`);
    await mkdir(folder, { recursive: true });
    await writeAtomically(path, `${JSON.stringify({ ...fixed, ...lengthOf(length) }, undefined, 2)}\n`);
  }
  const progress = await runTraining(await readTrainingConfig(path), { signal, reporter });
  return signal.aborted ? undefined : { steps: progress.step, trainingSeconds: progress.seconds };
}

async function scoreOnce(
  path: string,
  folder: string,
  request: Omit<ScoreRequest, 'model'>,
  trained: Trained,
): Promise<SavedAnswer> {
  if (existsSync(path)) return answerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const scorer = new RequestProcess<ScoreRequest, ScoreAnswer>(
    new URL('./score-process.js', import.meta.url),
  );
  try {
    const answer = await scorer.ask({ ...request, model: join(folder, bestModelFolder) });
    const saved = { ...answer, ...trained };
    await writeAtomically(path, JSON.stringify(saved));
    return answerSchema.parse(JSON.parse(JSON.stringify(saved)));
  } finally {
    await scorer.kill();
  }
}

async function testSet(data: ScoreRequest['data'], paths: readonly string[]): Promise<AnnotationSet> {
  if (typeof data === 'string') throw new Error('detectors are scored by labels');
  const set = await readLabelled(data);
  const byPath = new Map(set.images.map((image) => [image.path, image]));
  return { ...set, images: paths.map((path) => byPath.get(path)!) };
}
