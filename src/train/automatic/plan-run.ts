import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nameInSplit } from '../../../datasets/split-file.js';
import { readDescription } from '../../checkpoint/model-folder.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import type { TrainingConfig } from '../config.js';
import { trainingConfigSchema } from '../config.js';
import { formatDuration } from '../progress.js';
import type { Asked, StartingPoint, TaskPlan } from './asked.js';
import { checkedConfig } from './checked-config.js';
import type { Choice, Finding } from './choice.js';
import type { FoundData } from './find-data.js';
import { findData } from './find-data.js';
import { measurePace } from './measure-pace.js';
import { planClassification } from './plan-classification.js';
import { planDetection } from './plan-detection.js';
import type { RunLength } from './run-length.js';
import { fitRun } from './run-length.js';

/** A run as it was planned. */
export interface PlannedRun {
  readonly config: TrainingConfig;
  readonly choices: readonly Choice[];
  readonly findings: readonly Finding[];
}

/** Where a run keeps what was planned. */
export const plannedFiles = { config: 'config.json', split: 'split.json', plan: 'plan.md' } as const;

/** Share of what is left of a budget that is planned: machines are not equally fast all the time. */
export const plannedShare = 0.92;

/**
 * Chooses all settings of a run by its data and the time there is, and writes them into its folder as a configuration that can be
 * edited and run again, with the split of the images beside it.
 *
 * @param told of what is being done
 * @throws UserError when the data are of no known kind, or the budget is too short
 */
export async function planRun(asked: Asked, told: (line: string) => void): Promise<PlannedRun> {
  const began = performance.now();
  const { found, start, plan } = await planTask(asked, told);
  await mkdir(asked.out, { recursive: true });
  const split = join(asked.out, plannedFiles.split);
  await writeFile(split, `${JSON.stringify(splitOf(plan), undefined, 1)}\n`);
  const fixed = {
    ...plan.settings,
    model: start.name,
    split,
    out: asked.out,
    threads: asked.threads,
    seed: asked.seed,
  };
  told('measuring how long a step takes');
  const provisional = checkedConfig(trainingConfigSchema, { ...fixed, ...lengthOf({ epochs: 1, steps: 1 }) });
  const pace = await measurePace(provisional);
  const spent = (performance.now() - began) / 1000;
  const length = fitRun(plannedShare * (asked.budget - spent), pace);
  const written = { ...fixed, ...lengthOf(length) };
  const config = checkedConfig(trainingConfigSchema, written);
  const path = join(asked.out, plannedFiles.config);
  await writeFile(path, `${JSON.stringify(written, undefined, 2)}\n`);
  const choices = [
    { setting: 'task', value: found.task, why: found.why },
    { setting: 'start from', value: start.name, why: whyStart(asked, found) },
    ...plan.choices,
    ...lengthChoices(length, plan, asked, spent),
  ];
  await writeFile(join(asked.out, plannedFiles.plan), planText(asked, choices, plan.findings));
  return { config, choices, findings: plan.findings };
}

/**
 * Finds out what data are, looks at them, and chooses all settings but the length of a run.
 * @throws UserError when the data are of no known kind
 */
export async function planTask(
  asked: Asked,
  told: (line: string) => void,
): Promise<{ found: FoundData; start: StartingPoint; plan: TaskPlan }> {
  const found = await findData(asked.data);
  const start = await startingPoint(asked, found);
  told(`${asked.data}: ${found.why}, so ${found.task}; looking at the images`);
  const plan = await (found.task === 'detection'
    ? planDetection(asked, found, start, told)
    : planClassification(asked, found, start, told));
  return { found, start, plan };
}

/** Models of the package to start from, by task. */
const usualStart = { detection: 'aerial-vehicles', classification: 'land-use' } as const;

async function startingPoint({ from }: Asked, found: FoundData): Promise<StartingPoint> {
  const name = from ?? usualStart[found.task];
  return { name, ...(await readDescription(resolveModel(name))) };
}

function whyStart({ from }: Asked, { task }: FoundData): string {
  if (from !== undefined) return '--from';
  return task === 'detection'
    ? 'the detector of the package that learned from freely licensed images, its patches resized to suit'
    : 'the classifier of the package; its weights are for research use only, and so are those made of them';
}

function splitOf({ looked, paths, root }: TaskPlan) {
  const names = (side: readonly number[]) => side.map((at) => nameInSplit(root, paths[at]!));
  return { training: names(looked.training), validation: names(looked.validation) };
}

const peak = 5e-4;

/** The settings that depend on how long a run is. */
export function lengthOf({
  epochs,
  stepsPerEpoch,
  steps,
}: Pick<RunLength, 'epochs' | 'stepsPerEpoch' | 'steps'>) {
  return {
    epochs,
    stepsPerEpoch,
    optimiser: {
      learningRate: peak,
      finalLearningRate: peak / 100,
      warmupEpochs: Number((0.05 * epochs).toFixed(3)),
      weightDecay: 0.05,
      layerDecay: 0.8,
      // An average over the last twentieth of the run, of a hundred steps at most.
      averageDecay: Number((1 - 1 / Math.min(100, Math.max(5, steps / 20))).toFixed(3)),
    },
  };
}

function lengthChoices(
  length: RunLength,
  { looked, paths }: TaskPlan,
  { budget }: Asked,
  spent: number,
): Choice[] {
  const { training, validation, how } = looked;
  const { epochs, steps, seconds, why } = length;
  return [
    {
      setting: 'split',
      value: `${training.length} images to learn from, ${validation.length} to validate`,
      why: `${how}${training.length + validation.length < paths.length ? '; others are left out' : ''}`,
    },
    { setting: 'epochs', value: `${epochs}, ${steps} steps`, why },
    {
      setting: 'learning rate',
      value: String(peak),
      why: 'rises over the first twentieth, falls to a hundredth; 0.8 of it for each block below the head',
    },
    {
      setting: 'time',
      value: formatDuration(spent + seconds),
      why: `of ${formatDuration(budget)}, ${formatDuration(spent)} of them spent so far; a tenth is kept for what goes slower`,
    },
  ];
}

function planText({ data, out }: Asked, choices: readonly Choice[], findings: readonly Finding[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = choices.map(
    ({ setting, value, why }) => `| ${cell(setting)} | ${cell(value)} | ${cell(why)} |`,
  );
  const list = findings.map(({ text, isWarning }) => `- ${isWarning ? '**!** ' : ''}${text}`);
  return `# Plan of a run on ${data}

${list.join('\n')}

| setting | value | why |
| --- | --- | --- |
${rows.join('\n')}

The same again: \`vil train --config ${join(out, plannedFiles.config)}\`
`;
}
