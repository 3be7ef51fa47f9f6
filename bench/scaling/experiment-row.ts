import { tasksOf } from '../../datasets/generated/generator.js';
import { logitsOf } from '../../models/label-task.js';
import { modelConfigSchema } from '../../models/model-config.js';
import { type ScalingRow, scalingRow } from '../../src/benchmark/scaling/scaling-row.js';
import { type Experiment, experimentNames, readExperiment } from '../experiments/experiment.js';
import type { ExperimentResult } from '../experiments/result.js';

const PREFIX = 'experiment-';

/** A model at a canvas of which the accuracy is known, or will be. */
export type TestedModel = Pick<ExperimentResult, 'name' | 'title' | 'generator' | 'canvas'>;

/** Name of the row that times an experiment's model at a canvas. */
export function experimentRowName({ name, canvas }: Pick<TestedModel, 'name' | 'canvas'>): string {
  return `${PREFIX}${name}-onnx-${canvas}`;
}

/** A row of `experimentRowName`; undefined for any other name. */
export async function experimentRow(rowName: string): Promise<ScalingRow | undefined> {
  const match = /^experiment-(.+)-onnx-(\d+)$/.exec(rowName);
  if (!match) return undefined;
  const { name, title, model, view, stages } = await readExperiment(match[1]!);
  const classes = logitsOf(tasksOf(stages[0]!.data));
  return scalingRow({
    contender: {
      id: `${PREFIX}${name}`,
      label: title,
      inputSide: (side) => Math.min(side, view ?? side),
      config: () => modelConfigSchema.parse({ ...model, classes }),
    },
    engine: 'onnx',
    side: Number(match[2]),
  });
}

/** What an experiment measures the accuracy of. */
export function testedModels({ name, title, stages, transfers }: Experiment): TestedModel[] {
  const tested = [...stages.filter(({ testImages }) => testImages !== undefined), ...transfers];
  return tested.map(({ data: { generator, canvas } }) => ({ name, title, generator, canvas }));
}

/**
 * One row for each model and canvas, whatever the seeds and the curriculum; of several experiments' the first
 * one's name is taken.
 */
export async function experimentRows(tested: readonly TestedModel[]): Promise<ScalingRow[]> {
  const known = await experimentNames();
  // Experiments of one title and generator differ in how they were trained, which costs nothing when they
  // run.
  const distinct = new Map(
    tested
      .filter(({ name }) => known.includes(name))
      .toReversed()
      .map((each) => [`${each.generator} ${each.title} ${each.canvas}`, each]),
  );
  const rows = await Promise.all(
    [...distinct.values()].toReversed().map((each) => experimentRow(experimentRowName(each))),
  );
  return rows.filter((row) => row !== undefined);
}
