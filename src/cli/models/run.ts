import { groupBy } from '../../base/group-by.js';
import { addModel, removeModel } from '../../checkpoint/add-model.js';
import type { ListedModel } from '../../checkpoint/list-models.js';
import { listModels as readAll } from '../../checkpoint/list-models.js';
import type { ModelAbout } from '../../checkpoint/model-about.js';
import { endWithSignal, stopOnSignals } from '../interrupt.js';
import { ProgressLine } from '../progress-line.js';
import type { AddFlags, ListFlags } from './flags.js';

/** Prints what is known of every model with a name. */
export async function listModels({ json }: ListFlags): Promise<void> {
  const models = await readAll();
  if (json) process.stdout.write(`${JSON.stringify(models, undefined, 2)}\n`);
  else process.stdout.write(models.length === 0 ? `${none}\n` : `${models.map(entry).join('\n')}\n`);
}

const none = 'No model is installed. Add one with "vil models add <folder or archive>".';

/** Two lines a model: what it is, and what it reaches. */
function entry(model: ListedModel): string {
  const { name, task, labels, tasks, bytes, gsd, about, operatingPoint, damage, origin } = model;
  if (damage !== undefined) return `${name}  cannot be read: ${damage}`;
  const facts = [
    task === 'detect' ? 'detector' : 'classifier',
    classes(labels, tasks),
    about ? `licence ${about.licence}` : 'licence not said',
    `${(bytes / 1e6).toFixed(1)} MB`,
    ...(gsd === undefined ? [] : [`${gsd} m a pixel`]),
    ...(origin === 'added' ? ['added'] : []),
  ];
  const figures = [...groupBy(about?.figures ?? [], ({ of }) => of)].map(
    ([of, own]) => `${own.map(figureText).join(', ')}: on ${of}`,
  );
  const point = operatingPoint
    ? [`scores from ${operatingPoint.threshold} count, chosen on ${operatingPoint.chosenOn}`]
    : [];
  const lines = [
    `${name}  ${facts.join(', ')}`,
    ...(about ? [about.summary] : []),
    ...[...figures, ...point].map((line) => `  ${line}`),
  ];
  return lines.join('\n  ');
}

function figureText({ measure, value, interval }: ModelAbout['figures'][number]): string {
  const within = interval ? ` (${interval.map((end) => end.toFixed(3)).join(' to ')})` : '';
  return `${measure} ${value.toFixed(3)}${within}`;
}

function classes(labels: readonly string[], tasks: ListedModel['tasks']): string {
  if (tasks) return `${tasks.length} questions: ${tasks.map(({ name }) => name).join(', ')}`;
  const shown = labels.slice(0, 4).join(', ');
  return labels.length > 4 ? `${labels.length} classes: ${shown}, …` : shown;
}

/** Adds a model and says what it is called. */
export async function add(source: string, flags: AddFlags): Promise<void> {
  const progress = new ProgressLine();
  const { signal, release } = stopOnSignals();
  const onBytes = (received: number, total: number | undefined) => {
    const of = total === undefined ? '' : ` of ${(total / 1e6).toFixed(1)}`;
    progress.show(`${(received / 1e6).toFixed(1)}${of} MB`);
  };
  try {
    const { name, path, ignored } = await addModel(source, { ...flags, signal, onBytes });
    progress.clear();
    process.stdout.write(`${name} is added: --model ${name}\n  ${path}\n`);
    if (ignored.length > 0) process.stderr.write(`Left out, as no part of a model: ${ignored.join(', ')}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    progress.clear();
    await endWithSignal(signal.reason as NodeJS.Signals);
  } finally {
    progress.clear();
    release();
  }
}

/** Removes a model that was added. */
export async function remove(name: string): Promise<void> {
  const { path } = await removeModel(name);
  process.stdout.write(`${name} is removed: ${path}\n`);
}
