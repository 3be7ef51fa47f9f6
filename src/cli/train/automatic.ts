import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, parse, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { Asked } from '../../train/automatic/asked.js';
import type { PlannedRun } from '../../train/automatic/plan-run.js';
import { plannedFiles, planRun } from '../../train/automatic/plan-run.js';
import type { TrainingConfig } from '../../train/config.js';
import { readTrainingConfig } from '../../train/config.js';
import { textTable } from '../text-table.js';
import type { TrainFlags } from './flags.js';

const usualBudget = 30 * 60;

/**
 * The configuration of a run that is given by its data alone: planned and printed, or the one that was planned before.
 * @param write where the plan goes
 */
export async function automaticConfig(
  flags: TrainFlags & { readonly data: string },
  write: (text: string) => void,
): Promise<TrainingConfig> {
  const { data, from, images, budget = usualBudget, upright, gsd, seed = 1 } = flags;
  const out = flags.out ?? join('runs', nameOfData(data));
  const path = join(out, plannedFiles.config);
  if (existsSync(path) && !flags.fresh) {
    await checkSame(path, data);
    write(`${path} was planned before and is taken as it is; --fresh plans anew\n`);
    return readTrainingConfig(path, { threads: flags.threads });
  }
  if (existsSync(join(out, 'checkpoint.safetensors')) && !flags.fresh) {
    throw new UserError(
      `${out} has another run. Choose another folder with --out, or start over with --fresh.`,
    );
  }
  const threads = flags.threads ?? availableParallelism();
  const asked: Asked = { data, from, images, budget, upright, gsd, seed, out, threads };
  const planned = await planRun(asked, (line) => write(`${line}\n`));
  write(`\n${planText(planned)}\n\n${path}: edit it and run it again with vil train --config ${path}\n`);
  return planned.config;
}

/** A name for a run on data: the folder's, or that of the folder that the labels are in. */
export function nameOfData(data: string): string {
  const { name, dir, ext } = parse(resolve(data));
  return ext !== '' && /^(train|labels|data|annotations|dataset|instances.*)$/i.test(name)
    ? basename(dir)
    : name;
}

async function checkSame(path: string, data: string): Promise<void> {
  const config = JSON.parse(await readFile(path, 'utf8')) as { data?: string | { labels?: string } };
  const labels = typeof config.data === 'string' ? config.data : config.data?.labels;
  if (labels !== undefined && resolve(labels).startsWith(resolve(data))) return;
  throw new UserError(
    `${path} is of a run on ${labels}, not on ${data}. Choose another folder with --out, or start over with --fresh.`,
  );
}

/** What was found and what was chosen, as text. */
export function planText({ choices, findings }: PlannedRun): string {
  const list = findings.map(({ text, isWarning }) => `${isWarning ? '!' : ' '} ${text}`);
  const rows = choices.map(({ setting, value, why }) => [setting, value, why]);
  return [...list, '', ...textTable(rows, { left: 3 })].join('\n');
}
